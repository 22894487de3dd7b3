"""Calls of the versions that are dates."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator.wire import Answer, WireEmulator, signed

NEWEST = "2024-12-01"
VERSIONS = ["2022-06-01", "2022-11-01", "2023-07-01", NEWEST]


async def call(
    emulator: WireEmulator,
    method: str,
    path: str,
    message: object = None,
    *,
    version: str | None = NEWEST,
    body: bytes | None = None,
    content_type: str | None = "application/json; charset=utf-8",
) -> Answer:
    """A call under `/api/hubs/` with a good token: a message as its JSON body, or the body as it stands."""
    path, _, query = ("/api/hubs/" + path).partition("?")
    headers = {"Authorization": f"Bearer {signed(emulator.endpoint + path)}"}
    if message is not None:
        body = json.dumps(message).encode()
    if body is not None and content_type is not None:
        headers["Content-Type"] = content_type
    parts = [part for part in (query, f"api-version={version}" if version is not None else "") if part]
    return await emulator.request(method, f"{path}?{'&'.join(parts)}", headers=headers, body=body)


def refused(answer: Answer, target: str | None, status: int = 400, code: str = "Error.Request.Invalid") -> str:
    """The message of an ErrorDetail, once it is known to be one that is as it must be."""
    assert (answer.status, answer.code) == (status, code), answer
    assert answer.headers["Content-Type"] == "application/json"
    detail: dict[str, Any] = answer.json()
    assert detail["code"] == code
    assert detail.get("target") == target
    message = detail["message"]
    assert isinstance(message, str)
    return message
