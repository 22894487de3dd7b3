"""The hub protocol `messagepack`: the emulator's reading and writing of hub messages."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, msgpack

from emulator.protocol.errors import ProtocolError
from emulator.protocol.length_prefix import with_length_prefix
from emulator.protocol.messagepack_protocol import MessagePackProtocol
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

PROTOCOL = MessagePackProtocol()

WRITTEN: list[tuple[HubMessage, list[Any]]] = [
    (Invocation("t", [1, "a"]), [1, {}, None, "t", [1, "a"], []]),
    (Invocation("t", [], "7", {"k": "v"}, ["s"]), [1, {"k": "v"}, "7", "t", [], ["s"]]),
    (StreamItem("7", None), [2, {}, "7", None]),
    (Completion("7"), [3, {}, "7", 2]),
    (Completion("7", result=None), [3, {}, "7", 3, None]),
    (Completion("7", result={"a": b"b"}), [3, {}, "7", 3, {"a": b"b"}]),
    (Completion("7", error="e"), [3, {}, "7", 1, "e"]),
    (StreamInvocation("7", "t", [1.5]), [4, {}, "7", "t", [1.5], []]),
    (CancelInvocation("7"), [5, {}, "7"]),
    (Ping(), [6]),
    (Close(), [7, None, False]),
    (Close("e", allow_reconnect=True), [7, "e", True]),
    (Ack(300), [8, 300]),
    (Sequence(2**40), [9, 2**40]),
]


def framed(array: object) -> bytes:
    return with_length_prefix(msgpack.encode(array))


def decoded(data: bytes) -> list[HubMessage]:
    return list(PROTOCOL.decode(bytearray(data)))


@pytest.mark.parametrize(("message", "array"), WRITTEN)
def test_message_is_written_as_the_specification_has_it(message: HubMessage, array: list[Any]) -> None:
    assert PROTOCOL.encode(message) == framed(array)


@pytest.mark.parametrize(("message", "array"), WRITTEN)
def test_message_is_read_back(message: HubMessage, array: list[Any]) -> None:
    assert decoded(framed(array)) == [message]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        ([1, {}, None, "t", []], Invocation("t", [])),
        ([1, None, None, "t", [], None], Invocation("t", [])),
        ([1, {}, None, "t", [], [], "later", "versions"], Invocation("t", [])),
        ([3, {}, "7", 2, "passed over"], Completion("7")),
        ([6, "later"], Ping()),
        ([7, None], Close()),
        ([7, "e"], Close("e")),
    ],
)
def test_fewer_and_more_items_are_read_too(array: list[Any], message: HubMessage) -> None:
    assert decoded(framed(array)) == [message]


@pytest.mark.parametrize("array", [[0], [10, {}], [99, "a"], [-1], [2**63]])
def test_messages_of_an_unknown_type_are_skipped(array: list[Any]) -> None:
    assert decoded(framed(array) + framed([6])) == [Ping()]


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


REFUSED: dict[str, object] = {
    "no array": {"type": 6},
    "an empty array": [],
    "no type": [None],
    "text as type": ["6"],
    "a truth value as type": [True],
    "a float as type": [6.0],
    "no arguments": [1, {}, None, "t"],
    "nil as arguments": [1, {}, None, "t", None],
    "a map as arguments": [1, {}, None, "t", {}],
    "nil as target": [1, {}, None, None, []],
    "an empty target": [1, {}, None, "", []],
    "an empty invocation id": [1, {}, "", "t", []],
    "an empty stream id": [1, {}, None, "t", [], [""]],
    "nil as invocation id of a stream": [4, {}, None, "t", []],
    "an empty header key": [5, {"": "v"}, "7"],
    "an empty header value": [5, {"k": ""}, "7"],
    "a number as header value": [5, {"k": 1}, "7"],
    "a number as headers": [5, 0, "7"],
    "an array as headers": [5, [], "7"],
    "no outcome": [3, {}, "7"],
    "an unknown outcome": [3, {}, "7", 4],
    "a truth value as outcome": [3, {}, "7", True, "e"],
    "an error without its text": [3, {}, "7", 1],
    "an error that is nil": [3, {}, "7", 1, None],
    "a result without its value": [3, {}, "7", 3],
    "a close without its error": [7],
    "text as allowReconnect": [7, None, "yes"],
    "a float as sequence id": [8, 1.5],
    "values nested too deep": [2, {}, "7", nested(129)],
}


@pytest.mark.parametrize("array", REFUSED.values(), ids=REFUSED.keys())
def test_array_that_is_no_hub_message_is_refused(array: object) -> None:
    with pytest.raises(ProtocolError, match=r"\w"):
        decoded(framed(array))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x91",
        b"\x91\x06\x00",
        b"\x92\x06\xa1\xff",
        b"\x92\x06" + b"\x91" * 100_000,
        b"\xdd\xff\xff\xff\xff",
    ],
)
def test_bytes_that_are_no_messagepack_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"\w"):
        decoded(with_length_prefix(data))


def test_json_arguments_keep_their_types() -> None:
    arguments = Raw(b'[1, 1.0, 1e2, -0.0, 9007199254740993, 18446744073709551615, null, true, "\\u00fc", {"a": [[]]}]')
    (message,) = decoded(PROTOCOL.encode(Invocation("t", arguments)))
    assert isinstance(message, Invocation)
    expected: list[object] = [1, 1.0, 100.0, -0.0, 9007199254740993, 18446744073709551615, None, True, "ü", {"a": [[]]}]
    assert repr(message.arguments) == repr(expected)


def test_integers_beyond_64_bits_become_floats() -> None:
    arguments = Raw(b'[18446744073709551616, {"a": [-9223372036854775809]}, ' + b"9" * 400 + b"]")
    (message,) = decoded(PROTOCOL.encode(Invocation("t", arguments)))
    assert isinstance(message, Invocation)
    assert repr(message.arguments) == repr([2.0**64, {"a": [-(2.0**63)]}, float("inf")])


def test_packed_arguments_are_written_as_they_came() -> None:
    packed = bytes.fromhex("93ca42280000d7ff0000000100000001d60501020304")  # a float32, nanoseconds, an extension
    assert packed in PROTOCOL.encode(Invocation("t", Packed(packed)))


def test_times_and_unknown_extensions_are_read() -> None:
    time = datetime(2018, 1, 1, 11, 24, tzinfo=UTC)
    (message,) = decoded(framed([2, {}, "7", [time, msgpack.Ext(5, b"ab")]]))
    assert isinstance(message, StreamItem)
    assert message.item[0] == time
    assert (message.item[1].code, bytes(message.item[1].data)) == (5, b"ab")


@given(st.binary(max_size=200) | mutated(*(msgpack.encode(array) for _, array in WRITTEN)).map(with_length_prefix))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        for message in decoded(data):
            again = PROTOCOL.encode(message)
            assert PROTOCOL.encode(decoded(again)[0]) == again
