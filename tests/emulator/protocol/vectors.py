"""Published vectors of the hub protocol, where the folder of shared facts lies beside this project; else none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

Vector = dict[str, Any]
Case = Vector | ParameterSet

_FILE = Path(__file__).resolve().parents[3].parent / "shared" / "vectors" / "hub-protocol.json"

# Read otherwise here, each for its reason.
_DIFFERENT = {
    "CustomInvalidMessages_Ack": "Ack is for stateful reconnect, which is not offered: a message of an unknown type",
    "ts: Completion with error and null result": "the specification and the C# reference refuse both properties",
    '{"protocol":"dummy","version":1}{"protocol":"wrong","version":99}\x1e': "refused: a record is one JSON value",
}


def messages() -> list[Case]:
    """Encoded JSON hub messages. Binding errors are left out: only who knows a hub's methods can make them."""
    return _cases(
        vector
        for vector in _published("vectors")
        if vector["protocol"] == "json" and vector["encoded"] is not None and vector["kind"] != "binding_error"
    )


def handshake_requests() -> list[Case]:
    return _cases(vector for vector in _published("handshake") if vector["direction"] == "request")


def _published(table: str) -> list[Vector]:
    if not _FILE.is_file():
        return []
    found: list[Vector] = json.loads(_FILE.read_text(encoding="utf-8"))[table]
    return found


def _cases(vectors: Any) -> list[Case]:
    return [_case(vector) for vector in vectors]


def _case(vector: Vector) -> Case:
    reason = _DIFFERENT.get(str(vector.get("name", vector["encoded"])))
    if reason is None:
        return vector
    return pytest.param(vector, marks=pytest.mark.xfail(reason=reason, strict=True))
