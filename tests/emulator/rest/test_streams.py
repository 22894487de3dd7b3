"""Streams to a client: items, and how they end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import msgpack

from emulator.protocol.length_prefix import with_length_prefix
from tests.emulator.rest.calls import call, refused
from tests.emulator.wire import WireClient, WireEmulator, running_emulator

FENCE = {"type": 1, "target": "fence", "arguments": []}
OCTETS = "application/octet-stream"
PACKED = "application/x-msgpack"


async def received(emulator: WireEmulator, client: WireClient) -> list[Any]:
    """Every message until now."""
    await emulator.rest("POST", "chat", {"target": "fence"})
    messages = []
    while (message := await client.next()) != FENCE:
        messages.append(message)
    return messages


def item(value: object) -> dict[str, object]:
    return {"type": 2, "invocationId": "s/1", "item": value}


END = {"type": 3, "invocationId": "s/1"}


@pytest.mark.parametrize(
    ("action", "body", "content_type", "expected"),
    [
        (":send", b'{"a":[1,null]}', "application/json; charset=utf-8", [item({"a": [1, None]})]),
        (":send", b" null ", "application/json", [item(None)]),
        (":send?completed=false", b"1", "application/json", [item(1)]),
        (":send?completed=true", b"1", "application/json", [item(1), END]),
        (":send?completed=True", b"", None, [END]),
        (":send", msgpack.encode({"a": 1}), PACKED, [item({"a": 1})]),
        (":send", msgpack.encode({"json": json.dumps(item(1)).encode() + b"\x1e"}), OCTETS, [item(1)]),
        (":complete", b"", None, [END]),
        (":complete?reason=out%20of%20tea", b"", None, [END | {"error": "out of tea"}]),
        (":complete?error=out%20of%20tea", b"", None, [END | {"error": "out of tea"}]),
        (":complete?error=", b"", None, [END]),
    ],
)
async def test_the_client_is_sent_items_and_an_end(
    action: str, body: bytes, content_type: str | None, expected: list[object]
) -> None:
    async with running_emulator() as emulator:
        ann, bob = await emulator.open(), await emulator.open()
        path = f"chat/connections/{ann.connection_id}/streams/s%2F1/{action}"
        answer = await call(emulator, "POST", path, body=body, content_type=content_type)
        assert (answer.status, answer.body) == (202, b"{}")
        assert await received(emulator, ann) == expected
        assert await received(emulator, bob) == []


async def test_an_item_keeps_its_number_as_it_was_written() -> None:
    async with running_emulator() as emulator:
        client = await emulator.open()
        path = f"chat/connections/{client.connection_id}/streams/s/:send"
        await call(emulator, "POST", path, body=b"[1.10, 123456789012345678901234567890]")
        text = await client.socket.receive_str()
    assert '"item":[1.10, 123456789012345678901234567890]' in text


async def test_a_stream_to_nobody_is_202() -> None:
    async with running_emulator() as emulator:
        for action in (":send", ":complete"):
            assert (await call(emulator, "POST", f"chat/connections/nobody/streams/s/{action}", 1)).status == 202


def ready(record: object) -> bytes:
    return msgpack.encode({"messagepack": with_length_prefix(msgpack.encode(record))})


@pytest.mark.parametrize(
    ("body", "content_type", "status", "target"),
    [
        (b"", "application/json", 400, "item"),
        (b"[", "application/json", 400, "item"),
        (b"1 2", "application/json", 400, "item"),
        (b'"\xff"', "application/json", 400, "item"),
        (b"[" * 500 + b"]" * 500, "application/json", 400, "item"),
        (b"[" * 100_000, "application/json", 400, "item"),
        (b"\xc1", PACKED, 400, "item"),
        (b"1", "text/plain", 415, "Content-Type"),
        (b"1", OCTETS, 400, "payload"),
        (ready([2, {}, "other", 1]), OCTETS, 400, "messagepack"),
        (ready([1, {}, None, "t", [], []]), OCTETS, 400, "messagepack"),
        (ready([3, {}, "s", 2]), OCTETS, 400, "messagepack"),
    ],
)
async def test_a_bad_item_is_refused_and_named(body: bytes, content_type: str, status: int, target: str) -> None:
    async with running_emulator() as emulator:
        client = await emulator.open()
        path = f"chat/connections/{client.connection_id}/streams/s/:send"
        refused(await call(emulator, "POST", path, body=body, content_type=content_type), target, status)
        assert await received(emulator, client) == []


@pytest.mark.parametrize("value", ["", "1", "yes"])
async def test_completed_is_true_or_false(value: str) -> None:
    async with running_emulator() as emulator:
        answer = await call(emulator, "POST", f"chat/connections/c/streams/s/:send?completed={value}", 1)
        assert refused(answer, "completed") == f"completed: '{value}' is neither true nor false."
