"""Message bodies: what is forwarded, to the letter, and what is refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from emulator.errors import InvalidRequestError, UnsupportedMediaTypeError
from emulator.outgoing import Framing
from emulator.protocol.json_protocol import JsonProtocol
from emulator.rest import payload
from emulator.rest.payload import LIMIT_BYTES
from tests.emulator.wire import running_emulator, signed

FRAMING = Framing(JsonProtocol(), bytes)


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
    assert payload.read("application/json", body).frame(FRAMING) == record + b"\x1e"


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
    "an argument that is no UTF-8": (b'{"target":"t","arguments":[{"a":"\xff"}]}', "arguments"),
}


@pytest.mark.parametrize(("body", "parameter"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_body_is_refused_with_the_property_at_fault(body: bytes, parameter: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        payload.read("application/json", body)
    assert refused.value.target == parameter


def test_other_content_than_json_is_refused() -> None:
    with pytest.raises(UnsupportedMediaTypeError, match="'text/plain' is not read here; use application/json"):
        payload.read("text/plain", b"{}")


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
