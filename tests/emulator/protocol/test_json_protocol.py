"""The hub protocol `json`: the emulator's reading and writing of hub messages."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from emulator.protocol.errors import ProtocolError
from emulator.protocol.json_protocol import JsonProtocol
from emulator.protocol.messages import (
    CancelInvocation,
    Close,
    Completion,
    HubMessage,
    Invocation,
    Ping,
    StreamInvocation,
    StreamItem,
)
from tests.emulator.protocol import vectors

PROTOCOL = JsonProtocol()

WRITTEN: list[tuple[HubMessage, bytes]] = [
    (Invocation("t", [1, "a"]), b'{"type":1,"target":"t","arguments":[1,"a"]}'),
    (Invocation("t", Raw(b"[ 1.50 ]")), b'{"type":1,"target":"t","arguments":[ 1.50 ]}'),
    (Invocation("t", [], "7"), b'{"type":1,"target":"t","arguments":[],"invocationId":"7"}'),
    (StreamItem("7", None), b'{"type":2,"invocationId":"7","item":null}'),
    (Completion("7"), b'{"type":3,"invocationId":"7"}'),
    (Completion("7", result=None), b'{"type":3,"invocationId":"7","result":null}'),
    (Completion("7", error="e"), b'{"type":3,"invocationId":"7","error":"e"}'),
    (StreamInvocation("7", "t", []), b'{"type":4,"invocationId":"7","target":"t","arguments":[]}'),
    (CancelInvocation("7"), b'{"type":5,"invocationId":"7"}'),
    (Ping(), b'{"type":6}'),
    (Close(), b'{"type":7}'),
    (Close("e", allow_reconnect=True), b'{"type":7,"error":"e","allowReconnect":true}'),
]


def decoded(data: bytes) -> list[HubMessage]:
    buffer = bytearray(data)
    messages = list(PROTOCOL.decode(buffer))
    assert b"\x1e" not in buffer
    return messages


@pytest.mark.parametrize(("message", "record"), WRITTEN)
def test_message_is_written_as_the_specification_has_it(message: HubMessage, record: bytes) -> None:
    assert PROTOCOL.encode(message) == record + b"\x1e"


@pytest.mark.parametrize(("message", "record"), WRITTEN)
def test_message_is_read_back(message: HubMessage, record: bytes) -> None:
    assert json.loads(PROTOCOL.encode(decoded(record + b"\x1e")[0])[:-1]) == json.loads(record)


def test_an_unfinished_record_stays_in_the_buffer() -> None:
    buffer = bytearray(b'{"type":6}\x1e{"type":6}\x1e{"ty')
    assert list(PROTOCOL.decode(buffer)) == [Ping(), Ping()]
    assert buffer == b'{"ty'


def test_properties_may_stand_in_any_order() -> None:
    record = b'{"arguments":[],"invocationId":"0","target":"VerifySelf","extra":1,"type":1}\x1e'
    assert decoded(record) == [Invocation("VerifySelf", [], "0")]


@pytest.mark.parametrize("record", [b'{"type":8,"sequenceId":1}\x1e', b'{"type":99,"a":[1]}\x1e', b'{"type":0}\x1e'])
def test_messages_of_an_unknown_type_are_skipped(record: bytes) -> None:
    assert decoded(record + b'{"type":6}\x1e') == [Ping()]


@pytest.mark.parametrize(
    "record", [b"", b"null", b"1", b"{}", b'{"type":null}', b'{"type":"x"}', b'{"type":1,"target":"t"}', b"\xff"]
)
def test_record_that_is_no_hub_message_is_refused(record: bytes) -> None:
    with pytest.raises(ProtocolError):
        decoded(record + b"\x1e")


def test_completion_with_result_and_error_is_refused() -> None:
    with pytest.raises(ProtocolError, match="either an error or a result"):
        decoded(b'{"type":3,"invocationId":"1","error":"e","result":null}\x1e')


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        decoded(data)


@pytest.mark.parametrize("vector", vectors.messages(), ids=lambda vector: vector["name"])
def test_published_message_is_read_as_published(vector: vectors.Vector) -> None:
    data = vector["encoded"].encode()
    if not vector["valid"]:
        with pytest.raises(ProtocolError):
            decoded(data)
        return
    assert [json.loads(msgspec.json.encode(message)) for message in decoded(data)] == _known(vector["message"])


def _known(published: Any) -> list[dict[str, Any]]:
    """What is kept of published messages: known types, and of each the specification's properties."""
    kept = {"type", "headers", "invocationId", "target", "arguments", "streamIds", "item", "error", "result"}
    kept.add("allowReconnect")
    messages = published if isinstance(published, list) else [published]
    return [
        {name: value for name, value in message.items() if name in kept and _belongs(name, message["type"])}
        for message in messages
        if message["type"] < 8
    ]


def _belongs(name: str, kind: int) -> bool:
    """One vector has an invocation's properties on a completion, to show that they are passed over."""
    return kind != 3 or name not in ("target", "arguments")
