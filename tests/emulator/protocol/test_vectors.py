"""Every row of the published vectors, in both hub protocols, read and written as published."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from emulator.protocol import handshake
from emulator.protocol.errors import HandshakeError, ProtocolError
from emulator.protocol.length_prefix import take_messages, with_length_prefix
from emulator.protocol.messages import HubMessage, Invocation, StreamInvocation
from emulator.protocol.record_separator import RECORD_SEPARATOR, take_records
from emulator.protocol.registry import PROTOCOLS
from tests.emulator.protocol import vectors
from tests.emulator.protocol.vectors import Vector, data

pytestmark = vectors.pytestmark

# Read as published, written otherwise, each for its reason.
WRITTEN_OTHERWISE = {
    "StreamItemWithNoHeadersAndFloatItem": "the published message says 42, not that it is a float32",
    "CompletionWithNoHeadersAndFloatResult": "the published message says 42, not that it is a float32",
}

# Whether the binding errors of readers that know a hub's methods are messages to one that does not.
BINDING_ERRORS_REFUSED = {
    "ArgumentBindingErrors_08": "what follows the object makes the record no JSON",
    "InvocationArgumentArrayMissing": "there are no arguments at all",
    "StreamInvocationArgumentArrayMissing": "there are no arguments at all",
}


def read(row: Vector) -> list[HubMessage]:
    buffer = bytearray(data(row))
    messages = list(PROTOCOLS[row["protocol"]].decode(buffer))
    assert not buffer
    return [normal(message) for message in messages]


def published(row: Vector) -> list[HubMessage]:
    messages = row["message"] if isinstance(row["message"], list) else [row["message"]]
    return [normal(msgspec.convert(vectors.plain(message), HubMessage)) for message in messages]


def normal(message: HubMessage) -> HubMessage:
    """Without headers and without streams are the same as with none of them."""
    empty = {name: None for name in ("headers", "stream_ids") if not getattr(message, name, True)}
    return msgspec.structs.replace(message, **empty)


@pytest.mark.parametrize("row", vectors.messages("write_and_parse", "parse_only", "parse_multiple"))
def test_message_is_read_as_published(row: Vector) -> None:
    assert read(row) == published(row)


@pytest.mark.parametrize("row", vectors.messages("write_and_parse"))
def test_message_is_written_as_published(row: Vector) -> None:
    written = PROTOCOLS[row["protocol"]].encode(published(row)[0])
    if row["name"] in WRITTEN_OTHERWISE:
        assert written != data(row)
    elif row["protocol"] == "messagepack":
        assert written == data(row)
    else:  # the order of properties is the writer's own
        assert written.endswith(RECORD_SEPARATOR)
        assert json.loads(written[:-1]) == json.loads(data(row)[:-1])


@pytest.mark.parametrize("row", vectors.messages("round_trip"))
def test_message_is_the_same_after_a_round_trip(row: Vector) -> None:
    protocol = PROTOCOLS[row["protocol"]]
    buffer = bytearray(protocol.encode(published(row)[0]))
    assert [normal(message) for message in protocol.decode(buffer)] == published(row)


@pytest.mark.parametrize("row", vectors.messages("parse_invalid"))
def test_invalid_message_is_refused(row: Vector) -> None:
    with pytest.raises(ProtocolError):
        read(row)


@pytest.mark.parametrize("row", vectors.messages("binding_error"))
def test_message_whose_arguments_fit_no_method_is_read_where_it_is_well_formed(row: Vector) -> None:
    if row["name"] in BINDING_ERRORS_REFUSED:
        with pytest.raises(ProtocolError):
            read(row)
        return
    (message,) = read(row)
    assert isinstance(message, Invocation | StreamInvocation)
    assert message.target
    assert isinstance(message.arguments, list)


@pytest.mark.parametrize("row", vectors.messages("partial"))
def test_message_that_is_not_whole_stays(row: Vector) -> None:
    buffer = bytearray(data(row))
    assert list(PROTOCOLS[row["protocol"]].decode(buffer)) == []
    assert buffer == data(row)


def test_no_kind_of_vector_is_left_out() -> None:
    tested = {"write_and_parse", "parse_only", "parse_multiple", "round_trip", "parse_invalid", "binding_error"}
    assert {param.values[0]["kind"] for param in vectors.rows("vectors")} == tested | {"partial"}


@pytest.mark.parametrize("row", vectors.rows("handshake", lambda row: row["direction"] == "request"))
def test_handshake_request_is_read_as_published(row: Vector) -> None:
    buffer = bytearray(data(row))
    if not buffer.endswith(RECORD_SEPARATOR):
        assert handshake.take(buffer) is None
    elif row["valid"]:
        assert msgspec.to_builtins(handshake.take(buffer)) == row["message"]
    else:
        with pytest.raises(HandshakeError):
            handshake.take(buffer)


@pytest.mark.parametrize("row", vectors.rows("handshake", lambda row: row["direction"] == "response"))
def test_handshake_response_is_written_as_published(row: Vector) -> None:
    """Responses are only written here: an invalid one is one that no text makes."""
    written = {handshake.ACCEPTED, *(handshake.refusal(text) for text in ("", "null", "error"))}
    assert (data(row) in written) is row["valid"]


@pytest.mark.parametrize("row", vectors.rows("framing", lambda row: row["framing"] == "varint"))
def test_length_prefixes_are_read_and_written_as_published(row: Vector) -> None:
    buffer = bytearray(data(row))
    if row["result"] == "error":
        with pytest.raises(ProtocolError):
            list(take_messages(buffer))
        return
    messages = [data({"encoded_base64": message}) for message in row.get("messages_base64", [])]
    assert list(take_messages(buffer)) == messages
    assert b"".join(map(with_length_prefix, messages)) + buffer == data(row)
    assert bool(buffer) == (row["result"] == "incomplete" and data(row) != b"")


@pytest.mark.parametrize("row", vectors.rows("framing", lambda row: row["framing"] == "varint_only"))
def test_length_is_written_as_published(row: Vector) -> None:
    assert with_length_prefix(bytes(row["value"])) == bytes.fromhex(row["encoded_hex"]) + bytes(row["value"])


@pytest.mark.parametrize("row", vectors.rows("framing", lambda row: row["framing"] == "record_separator"))
def test_records_are_told_apart_as_published(row: Vector) -> None:
    """Where a reader of whole buffers reports an error, this one waits for the rest."""
    buffer = bytearray(data(row))
    assert [record.decode() for record in take_records(buffer)] == row.get("messages", [])
    assert buffer.decode() == (row["encoded"] if row["result"] == "error" else row.get("remainder", ""))


@pytest.mark.parametrize("row", vectors.rows("message_sizes"))
def test_message_has_the_published_size(row: Vector) -> None:
    message: Any = msgspec.convert(row["message"], HubMessage)
    assert len(PROTOCOLS[row["protocol"]].encode(message)) == row["encoded_size"]
