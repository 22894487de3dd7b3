"""Bodies of ready records: forwarded verbatim, each to the clients of its hub protocol."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from emulator.errors import InvalidRequestError
from emulator.outgoing import OutgoingMessage
from emulator.protocol.length_prefix import with_length_prefix
from emulator.protocol.registry import PROTOCOLS
from emulator.rest import payload
from emulator.rest.payload import Payload
from tests.emulator.protocol.mutations import mutated

JSON = b'{ "target":"t", "arguments":[ 1.50 ], "type":1 }\x1e'
MESSAGEPACK = with_length_prefix(bytes.fromhex("95 01 80 c0 a174 91 ca42280000"))
JSON_7 = b'{"type":1,"invocationId":"7","target":"t","arguments":[1.0]}\x1e'
MESSAGEPACK_7 = with_length_prefix(msgpack.encode([1, {}, "7", "t", [1.0], []]))


def read(**records: object) -> Payload:
    return payload.read("application/octet-stream", msgpack.encode(records))


def records(message: OutgoingMessage) -> dict[str, bytes]:
    return {name: message.record(protocol) for name, protocol in PROTOCOLS.items()}


def test_records_are_forwarded_verbatim() -> None:
    assert records(read(json=JSON, messagepack=MESSAGEPACK).message()) == {"json": JSON, "messagepack": MESSAGEPACK}


def test_clients_of_a_protocol_without_a_record_get_nothing() -> None:
    assert records(read(json=JSON).message()) == {"json": JSON, "messagepack": b""}


def test_protocol_names_are_compared_without_case() -> None:
    assert records(read(JSON=JSON).message())["json"] == JSON


def test_records_of_unknown_protocols_are_not_looked_at() -> None:
    assert records(read(json=JSON, blazorpack=b"?").message())["json"] == JSON


def test_stream_items_and_completions_are_forwarded_too() -> None:
    item = b'{"type":2,"invocationId":"1","item":1}\x1e'
    assert records(read(json=item).message())["json"] == item


@pytest.mark.parametrize(
    ("body", "invocation_id"),
    [
        ({"json": JSON_7, "messagepack": MESSAGEPACK_7}, "7"),
        ({"json": JSON_7}, "7"),
        ({"json": JSON, "messagepack": MESSAGEPACK}, None),
        ({"json": JSON_7, "messagepack": MESSAGEPACK}, None),
        ({"json": JSON_7.replace(b"7", b"8"), "messagepack": MESSAGEPACK_7}, None),
        ({"blazorpack": b"?"}, None),
    ],
)
def test_the_invocation_id_is_the_one_that_all_records_bring(body: dict[str, bytes], invocation_id: str | None) -> None:
    assert read(**body).invocation_id == invocation_id


def test_records_that_bring_the_invocation_id_stay_as_they_are() -> None:
    body = {"json": JSON_7.replace(b",", b" , "), "messagepack": MESSAGEPACK_7}
    assert records(read(**body).invocation("7")) == body


def test_records_are_given_another_invocation_id() -> None:
    assert records(read(json=JSON_7, messagepack=MESSAGEPACK).invocation("9")) == {
        "json": b'{"type":1,"target":"t","arguments":[1.0],"invocationId":"9"}\x1e',
        "messagepack": with_length_prefix(msgpack.encode([1, {}, "9", "t", [42.0], []])),
    }


def test_what_is_no_invocation_cannot_be_given_an_invocation_id() -> None:
    with pytest.raises(InvalidRequestError, match="json: must be an invocation"):
        read(json=b'{"type":2,"invocationId":"1","item":1}\x1e').invocation("1")


REFUSED: dict[str, tuple[bytes, str]] = {
    "no MessagePack": (b"\xc1", "payload"),
    "JSON": (JSON, "payload"),
    "half a map": (msgpack.encode({"json": JSON})[:-1], "payload"),
    "two maps": (2 * msgpack.encode({"json": JSON}), "payload"),
    "an array": (msgpack.encode([JSON]), "payload"),
    "an empty map": (b"\x80", "payload"),
    "text in place of bytes": (msgpack.encode({"json": JSON.decode()}), "payload"),
    "a number as name": (msgpack.encode({1: JSON}), "payload"),
    "a name that is no UTF-8": (b"\x81\xa1\xff\xc4\x00", "payload"),
    "an empty record": (msgpack.encode({"json": b""}), "json"),
    "a record without its end": (msgpack.encode({"json": JSON[:-1]}), "json"),
    "two records": (msgpack.encode({"json": 2 * JSON}), "json"),
    "a record that is no hub message": (msgpack.encode({"json": b"{}\x1e"}), "json"),
    "a ping": (msgpack.encode({"json": b'{"type":6}\x1e'}), "json"),
    "an unknown type": (msgpack.encode({"json": b'{"type":77}\x1e'}), "json"),
    "a record without its length": (msgpack.encode({"messagepack": MESSAGEPACK[1:]}), "messagepack"),
    "half a record": (msgpack.encode({"messagepack": MESSAGEPACK[:-1]}), "messagepack"),
    "bytes after the record": (msgpack.encode({"messagepack": MESSAGEPACK + b"\x00"}), "messagepack"),
}


@pytest.mark.parametrize(("body", "parameter"), REFUSED.values(), ids=REFUSED.keys())
def test_body_is_refused_with_the_protocol_at_fault(body: bytes, parameter: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        payload.read("application/octet-stream", body)
    assert refused.value.target == parameter


ALL = msgpack.encode({"json": JSON_7, "messagepack": MESSAGEPACK})


@given(st.binary(max_size=200) | mutated(ALL))
def test_any_bytes_are_forwarded_or_refused(body: bytes) -> None:
    with contextlib.suppress(InvalidRequestError):
        read_payload = payload.read("application/octet-stream", body)
        assert all(read_payload.message().record(PROTOCOLS[name]) for name in records_of(body))
        assert all(read_payload.invocation("9").record(PROTOCOLS[name]) for name in records_of(body))


def records_of(body: bytes) -> set[str]:
    """The hub protocols, known here, that a body has records of."""
    return {name.lower() for name in msgpack.decode(body)} & set(PROTOCOLS)
