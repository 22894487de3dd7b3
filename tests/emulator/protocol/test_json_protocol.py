"""The hub protocol `json`: the emulator's reading and writing of hub messages."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, msgpack

from emulator.protocol.errors import ProtocolError
from emulator.protocol.json_protocol import JsonProtocol
from emulator.protocol.messages import (
    Ack,
    CancelInvocation,
    Close,
    Completion,
    HubMessage,
    Invocation,
    Ping,
    Sequence,
    StreamInvocation,
    StreamItem,
)
from emulator.protocol.values import Packed
from tests.emulator.protocol.mutations import mutated

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
    (Ack(7), b'{"type":8,"sequenceId":7}'),
    (Sequence(8), b'{"type":9,"sequenceId":8}'),
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


@pytest.mark.parametrize("record", [b'{"type":10}\x1e', b'{"type":99,"a":[1]}\x1e', b'{"type":0}\x1e'])
def test_messages_of_an_unknown_type_are_skipped(record: bytes) -> None:
    assert decoded(record + b'{"type":6}\x1e') == [Ping()]


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"null",
        b"1",
        b"{}",
        b'{"type":null}',
        b'{"type":"x"}',
        b'{"type":1,"target":"t"}',
        b'{"type":1,"target":"","arguments":[]}',
        b'{"type":1,"invocationId":"","target":"t","arguments":[]}',
        b'{"type":4,"invocationId":"1","target":"t","arguments":[],"streamIds":[""]}',
        b'{"type":8,"sequenceId":1.5}',
        b"\xff",
        b'{"type":6,"passed over":"\xff"}',
        b'{"type":99,"passed over":"\xff"}',
        b'{"type":2,"invocationId":"1","item":"\n"}',
        b'{"type":2,"invocationId":"1","item":' + b"[" * 129 + b"]" * 129 + b"}",
        b'{"type":3,"invocationId":"1","result":' + b"[" * 129 + b"]" * 129 + b"}",
        b'{"type":1,"target":"t","arguments":' + b"[" * 100_000,
    ],
)
def test_record_that_is_no_hub_message_is_refused(record: bytes) -> None:
    with pytest.raises(ProtocolError):
        decoded(record + b"\x1e")


def test_completion_with_result_and_error_is_refused() -> None:
    with pytest.raises(ProtocolError, match="either an error or a result"):
        decoded(b'{"type":3,"invocationId":"1","error":"e","result":0}\x1e')


def test_completion_with_error_and_null_as_result_is_an_error() -> None:
    (message,) = decoded(b'{"type":3,"invocationId":"1","error":"e","result":null}\x1e')
    assert isinstance(message, Completion)
    assert message.error == "e"


def test_big_integers_and_floats_are_kept() -> None:
    record = b'{"type":2,"invocationId":"1","item":[12345678901234567890123,1.0,9007199254740993]}\x1e'
    assert PROTOCOL.encode(decoded(record)[0]) == record


def test_values_that_json_does_not_know_are_written_as_text() -> None:
    arguments = Packed(msgpack.encode([b"ab", datetime(2020, 1, 2, tzinfo=UTC), msgpack.Ext(5, b"ab"), 1.5]))
    assert PROTOCOL.encode(Invocation("t", arguments)) == (
        b'{"type":1,"target":"t","arguments":["YWI=","2020-01-02T00:00:00Z","YWI=",1.5]}\x1e'
    )


@given(st.binary(max_size=200) | mutated(*(record for _, record in WRITTEN), end=b"\x1e"))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        for message in decoded(data):
            assert decoded(PROTOCOL.encode(message)) == [message]
