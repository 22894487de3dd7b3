"""Message bodies: what is forwarded, to the letter, and what is refused."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, msgpack
from msgspec.json import encode as json_encode

from emulator.errors import InvalidRequestError, UnsupportedMediaTypeError
from emulator.outgoing import Framing
from emulator.protocol.json_protocol import JsonProtocol
from emulator.protocol.length_prefix import with_length_prefix
from emulator.protocol.messages import HubMessage, Invocation
from emulator.protocol.registry import PROTOCOLS
from emulator.rest import payload
from emulator.rest.payload import LIMIT_BYTES, Payload
from tests.emulator.protocol.mutations import mutated
from tests.emulator.wire import running_emulator, signed

FRAMING = Framing(JsonProtocol(), bytes)


def in_json(read: Payload) -> bytes:
    return read.message().record(PROTOCOLS["json"])


def in_messagepack(read: Payload) -> list[HubMessage]:
    return list(PROTOCOLS["messagepack"].decode(bytearray(read.message().record(PROTOCOLS["messagepack"]))))


@pytest.mark.parametrize(
    ("body", "record"),
    [
        (b'{"target":"t","arguments":[1,"a"]}', b'{"type":1,"target":"t","arguments":[1,"a"]}'),
        (b'{"Arguments": [ 1.50 , 1e2 ], "TARGET": "T"}', b'{"type":1,"target":"T","arguments":[ 1.50 , 1e2 ]}'),
        (b'{"target":"t"}', b'{"type":1,"target":"t","arguments":[]}'),
        (b'{"target":"t","arguments":null}', b'{"type":1,"target":"t","arguments":[]}'),
        (b'{"target":"t","arguments":[],"extra":{}}', b'{"type":1,"target":"t","arguments":[]}'),
        (
            b'{"target":"t","arguments":["2024-01-01T00:00:00+01:00",12345678901234567890123]}',
            b'{"type":1,"target":"t","arguments":["2024-01-01T00:00:00+01:00",12345678901234567890123]}',
        ),
        (
            b'{"target":"t","arguments":[1,2,3,4,5,6,7,8,9,10,11,12]}',
            b'{"type":1,"target":"t","arguments":[1,2,3,4,5,6,7,8,9,10,11,12]}',
        ),
        (b'{"target":"\\u001e","arguments":["\\u001e"]}', b'{"type":1,"target":"\\u001e","arguments":["\\u001e"]}'),
    ],
)
def test_arguments_are_forwarded_as_they_were_written(body: bytes, record: bytes) -> None:
    assert payload.read("application/json", body).message().frame(FRAMING) == record + b"\x1e"


def test_names_in_any_case_and_twice_are_the_last_ones() -> None:
    body = b'{"target":"a","arguments":[1],"TARGET":"b","Arguments":[2],"target":"a"}'
    assert in_json(payload.read("application/json", body)) == b'{"type":1,"target":"b","arguments":[2]}\x1e'


def test_json_is_transcoded_for_messagepack_clients() -> None:
    body = b'{"target":"t","arguments":[1,1.0,9007199254740993,"YQ==",null,{"a":[true]}]}'
    (message,) = in_messagepack(payload.read("application/json", body))
    assert isinstance(message, Invocation)
    assert repr(message.arguments) == repr([1, 1.0, 9007199254740993, "YQ==", None, {"a": [True]}])


@pytest.mark.parametrize("names", [("target", "arguments"), ("Target", "Arguments"), ("TARGET", "aRGUMENTS")])
def test_messagepack_is_forwarded_to_messagepack_clients_as_it_came(names: tuple[str, str]) -> None:
    arguments = bytes.fromhex("93 ca42280000 d7ff0000000100000001 d60501020304")
    body = msgpack.encode({names[0]: "t", names[1]: Raw(arguments), "rawOnly": False})
    message = payload.read("application/x-msgpack", body).message()
    assert message.record(PROTOCOLS["messagepack"]) == with_length_prefix(
        bytes.fromhex("960180c0a174") + arguments + b"\x90"
    )


def test_messagepack_is_transcoded_for_json_clients() -> None:
    arguments = [1, 1.0, b"a", datetime(2020, 1, 1, tzinfo=UTC), msgpack.Ext(5, b"b"), {1: None, None: "ü"}]
    read = payload.read("application/x-msgpack", msgpack.encode({"target": "t", "arguments": arguments}))
    assert in_json(read) == (
        '{"type":1,"target":"t","arguments":[1,1.0,"YQ==","2020-01-01T00:00:00Z","Yg==",{"1":null,"null":"ü"}]}\x1e'.encode()
    )


@pytest.mark.parametrize(
    "body", [{"target": "t"}, {"target": "t", "arguments": None}, {"target": "t", "arguments": []}]
)
@pytest.mark.parametrize("media_type", ["application/json", "application/x-msgpack"])
def test_no_arguments_are_an_empty_array(media_type: str, body: object) -> None:
    encode = json_encode if media_type == "application/json" else msgpack.encode
    read = payload.read(media_type, encode(body))
    assert in_json(read) == b'{"type":1,"target":"t","arguments":[]}\x1e'
    assert in_messagepack(read) == [Invocation("t", [])]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", b'{"target":"t","arguments":[1]}'),
        ("application/x-msgpack", msgpack.encode({"target": "t", "arguments": [1]})),
    ],
)
def test_a_message_becomes_an_invocation_with_an_id(media_type: str, body: bytes) -> None:
    read = payload.read(media_type, body)
    assert read.invocation_id is None
    invocation = read.invocation("7")
    assert invocation.record(PROTOCOLS["json"]) == b'{"type":1,"target":"t","arguments":[1],"invocationId":"7"}\x1e'
    buffer = bytearray(invocation.record(PROTOCOLS["messagepack"]))
    assert list(PROTOCOLS["messagepack"].decode(buffer)) == [Invocation("t", [1], "7")]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "application/json ; odata=none; charset=us-ascii",
    ],
)
def test_the_content_type_may_have_parameters(content_type: str) -> None:
    assert in_json(payload.read(content_type, b'{"target":"t"}')) == b'{"type":1,"target":"t","arguments":[]}\x1e'


def test_another_charset_is_refused() -> None:
    with pytest.raises(UnsupportedMediaTypeError, match="in UTF-8"):
        payload.read("application/json; charset=utf-16", '{"target":"t"}'.encode("utf-16"))


BAD_MESSAGEPACK = {
    "nothing": (b"", "payload"),
    "no MessagePack": (b"\xc1", "payload"),
    "JSON": (b'{"target":"t"}', "payload"),
    "an array": (msgpack.encode(["t"]), "payload"),
    "two objects": (2 * msgpack.encode({"target": "t"}), "payload"),
    "a number as name": (msgpack.encode({1: 2}), "payload"),
    "an extra that is no UTF-8": (msgpack.encode({"target": "t", "x": Raw(b"\xa1\xff")}), "payload"),
    "no target": (msgpack.encode({"arguments": []}), "target"),
    "bytes as target": (msgpack.encode({"target": b"t"}), "target"),
    "nil as target": (msgpack.encode({"target": None}), "target"),
    "a map as arguments": (msgpack.encode({"target": "t", "arguments": {}}), "arguments"),
    "a key that is an array of maps": (
        msgpack.encode({"target": "t", "arguments": Raw(b"\x91\x81\x91\x80\x01")}),
        "arguments",
    ),
    "arguments nested too deep": (
        msgpack.encode({"target": "t", "arguments": Raw(b"\x91" * 129 + b"\x01")}),
        "arguments",
    ),
    "a time beyond the year 9999": (
        msgpack.encode({"target": "t", "arguments": Raw(b"\x91\xc7\x0c\xff" + bytes(4) + (2**40).to_bytes(8, "big"))}),
        "arguments",
    ),
}


@pytest.mark.parametrize(("body", "parameter"), BAD_MESSAGEPACK.values(), ids=BAD_MESSAGEPACK.keys())
def test_messagepack_body_is_refused_with_the_property_at_fault(body: bytes, parameter: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        payload.read("application/x-msgpack", body)
    assert refused.value.target == parameter


GOOD = {"target": "t", "arguments": [1, 1.5, "ü", [None, {"k": True}]]}


@given(
    st.sampled_from(["application/json", "application/x-msgpack"]),
    st.binary(max_size=200) | mutated(json_encode(GOOD), msgpack.encode({**GOOD, "x": [b"y", msgpack.Ext(1, b"z")]})),
)
def test_any_bytes_are_forwarded_or_refused(media_type: str, body: bytes) -> None:
    with contextlib.suppress(InvalidRequestError):
        read = payload.read(media_type, body)
        assert json.loads(in_json(read)[:-1])["type"] == 1
        assert len(in_messagepack(read)) == 1


BAD_BODIES = {
    "nothing": (b"", "payload"),
    "no JSON": (b"target=t", "payload"),
    "an array": (b"[]", "payload"),
    "text": (b'"t"', "payload"),
    "null": (b"null", "payload"),
    "half an object": (b'{"target":"t"', "payload"),
    "two objects": (b'{"target":"t"}{"target":"t"}', "payload"),
    "a record separator in text": (b'{"target":"t","arguments":["\x1e"]}', "payload"),
    "a name that is no UTF-8": (b'{"target":"t","\xff":1}', "payload"),
    "endless brackets": (b'{"target":"t","arguments":' + b"[" * 100_000, "payload"),
    "no target": (b'{"arguments":[]}', "target"),
    "an empty target": (b'{"target":""}', "target"),
    "null as target": (b'{"target":null}', "target"),
    "a number as target": (b'{"target":7}', "target"),
    "a target that is no UTF-8": (b'{"target":"\xff"}', "target"),
    "an object as arguments": (b'{"target":"t","arguments":{}}', "arguments"),
    "text as arguments": (b'{"target":"t","arguments":"a"}', "arguments"),
    "an extra that is no UTF-8": (b'{"target":"t","extra":{"a":"\xff"}}', "payload"),
    "an extra that is no JSON": (b'{"target":"t","extra":[1e999]}', "payload"),
    "arguments nested too deep": (b'{"target":"t","arguments":' + b"[" * 129 + b"]" * 129 + b"}", "arguments"),
    "a number beyond every float": (b'{"target":"t","arguments":[1e999]}', "arguments"),
    "an argument that is no UTF-8": (b'{"target":"t","arguments":[{"a":"\xff"}]}', "arguments"),
}


@pytest.mark.parametrize(("body", "parameter"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_body_is_refused_with_the_property_at_fault(body: bytes, parameter: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        payload.read("application/json", body)
    assert refused.value.target == parameter


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/jsonp", "application/msgpack"])
def test_other_content_is_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaTypeError, match=f"'{content_type}' is not read here; use application/json, "):
        payload.read(content_type, b"{}")


@pytest.mark.parametrize("name", ["no JSON", "no target", "endless brackets"])
async def test_a_bad_body_is_400_over_the_wire(name: str) -> None:
    body, parameter = BAD_BODIES[name]
    async with running_emulator() as emulator:
        answer = await emulator.rest("POST", "chat", body)
    assert (answer.status, answer.code) == (400, "Error.Request.Invalid")
    assert answer.body.decode().startswith(f"{parameter}: ")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_another_content_type_is_415(content_type: str) -> None:
    async with running_emulator() as emulator:
        token = signed(f"{emulator.endpoint}/api/v1/hubs/chat")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
        answer = await emulator.request("POST", "/api/v1/hubs/chat", headers=headers, body=b'{"target":"t"}')
    assert (answer.status, answer.code) == (415, "Error.Request.Invalid")
    assert b"use application/json" in answer.body


def body_of(size: int) -> bytes:
    empty = json.dumps({"target": "t", "arguments": [""]}).encode()
    return empty.replace(b'""', b'"%b"' % (b"x" * (size - len(empty))))


@pytest.mark.parametrize(("size", "status"), [(LIMIT_BYTES, 202), (LIMIT_BYTES + 1, 413), (3 * LIMIT_BYTES, 413)])
async def test_a_body_may_have_one_mebibyte(size: int, status: int) -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        answer = await emulator.rest("POST", "chat", body_of(size))
        assert answer.status == status
        if status == 413:
            assert str(LIMIT_BYTES) in answer.body.decode()
        else:
            assert len((await ann.next())["arguments"][0]) > LIMIT_BYTES - 100


async def test_a_body_may_come_in_chunks() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"Target":"t",'
        yield b'"Arguments":[1]}'

    async with running_emulator() as emulator:
        ann = await emulator.open()
        url = f"{emulator.endpoint}/api/v1/hubs/chat"
        headers = {"Authorization": f"Bearer {signed(url)}", "Content-Type": "application/json; charset=utf-8"}
        async with emulator.session.post(url, data=pieces(), headers=headers) as response:
            assert response.status == 202
        assert await ann.next() == {"type": 1, "target": "t", "arguments": [1]}
