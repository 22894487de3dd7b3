"""Published vectors of the hub protocol, where the folder of shared facts lies beside this project; else none."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

Vector = dict[str, Any]

_FILE = Path(__file__).resolve().parents[3].parent / "shared" / "vectors" / "hub-protocol.json"

pytestmark = pytest.mark.skipif(not _FILE.is_file(), reason="the shared facts are not beside this project")


def rows(table: str, choose: Callable[[Vector], bool] = lambda _: True) -> list[Any]:
    """The rows of one table that a test is about, each with a name for its report."""
    if not _FILE.is_file():
        return []
    published: list[Vector] = json.loads(_FILE.read_text(encoding="utf-8"))[table]
    return [pytest.param(row, id=_name(row)) for row in published if choose(row)]


def messages(*kinds: str) -> list[Any]:
    """Hub messages of these kinds, in both hub protocols."""
    return rows("vectors", lambda row: row["kind"] in kinds)


def _name(row: Vector) -> str:
    name = row.get("name") or row.get("test") or ""
    encoded = row.get("encoded") or row.get("encoded_base64") or row.get("encoded_hex") or ""
    return " ".join(filter(None, [row.get("protocol") or row.get("framing"), name or encoded[:60]]))


def data(row: Vector) -> bytes:
    """A row's encoded form."""
    if "encoded_base64" in row:
        return base64.b64decode(row["encoded_base64"])
    encoded: str = row["encoded"]
    return base64.b64decode(encoded) if row.get("encoding") == "base64" else encoded.encode()


def plain(value: Any) -> Any:
    """A row's message with the marks for times and bytes replaced by what they stand for."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$timestamp" in value:
        return datetime.fromisoformat(value["$timestamp"])
    if "$base64" in value:
        return base64.b64decode(value["$base64"])
    return {name: plain(item) for name, item in value.items()}
