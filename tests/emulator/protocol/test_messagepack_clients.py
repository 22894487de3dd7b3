"""Clients of the hub protocol `messagepack` over the wire, beside clients of `json`."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from msgspec import msgpack

from emulator.protocol.length_prefix import take_messages, with_length_prefix
from tests.emulator.wire import DEADLINE_SECONDS, WireEmulator, running_emulator, signed

JSON_RECORD = b'{"type":1,"target":"ready","arguments":["json"]}\x1e'
MESSAGEPACK_RECORD = with_length_prefix(msgpack.encode([1, {}, None, "ready", ["messagepack"], []]))


def handshake(version: int = 1) -> bytes:
    return b'{"protocol":"messagepack","version":%d}\x1e' % version


async def post(emulator: WireEmulator, media_type: str, body: bytes) -> None:
    path = "/api/v1/hubs/chat"
    headers = {"Authorization": f"Bearer {signed(emulator.endpoint + path)}", "Content-Type": media_type}
    answer = await emulator.request("POST", path, headers=headers, body=body)
    assert answer.status == 202, answer


async def post_messagepack(emulator: WireEmulator, target: str, *arguments: object) -> None:
    await post(emulator, "application/x-msgpack", msgpack.encode({"target": target, "arguments": arguments}))


async def post_ready(emulator: WireEmulator, **records: bytes) -> None:
    await post(emulator, "application/octet-stream", msgpack.encode(records))


class MessagePackClient:
    """A client whose transport is open; `next` is the next hub message, an array."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._messages: list[Any] = []

    async def receive(self) -> bytes:
        raise NotImplementedError

    async def next(self) -> Any:
        while not self._messages:
            self._buffer += await self.receive()
            self._messages = [msgpack.decode(message) for message in take_messages(self._buffer)]
        return self._messages.pop(0)


class WebSocketClient(MessagePackClient):
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__()
        self.socket = socket

    async def receive(self) -> bytes:
        return await self.socket.receive_bytes(timeout=DEADLINE_SECONDS)


class PollingClient(MessagePackClient):
    def __init__(self, emulator: WireEmulator, path: str) -> None:
        super().__init__()
        self._emulator = emulator
        self._path = path
        self._headers = {"Authorization": f"Bearer {emulator.client_token()}"}

    async def receive(self) -> bytes:
        poll = self._emulator.request("GET", self._path, headers=self._headers)
        return (await asyncio.wait_for(poll, DEADLINE_SECONDS)).body

    async def send(self, data: bytes) -> None:
        answer = await self._emulator.request("POST", self._path, headers=self._headers, body=data)
        assert answer.status == 200


async def open_web_socket(emulator: WireEmulator) -> WebSocketClient:
    socket = await emulator.socket("hub=chat", emulator.client_token())
    await socket.send_bytes(handshake())
    assert await socket.receive_bytes(timeout=DEADLINE_SECONDS) == b"{}\x1e"
    return WebSocketClient(socket)


async def open_long_polling(emulator: WireEmulator) -> PollingClient:
    token = (await emulator.negotiate())["connectionToken"]
    client = PollingClient(emulator, f"/client/?hub=chat&id={token}")
    assert await client.receive() == b""
    await client.send(handshake())
    assert await client.receive() == b"{}\x1e"
    return client


OPEN = pytest.mark.parametrize("open_client", [open_web_socket, open_long_polling])


@OPEN
async def test_json_and_messagepack_bodies_reach_clients_of_both_protocols(open_client: Any) -> None:
    async with running_emulator() as emulator:
        client, ann = await open_client(emulator), await emulator.open()
        await emulator.rest("POST", "chat", b'{"target":"t","arguments":[1,1.0,"\xc3\xbc",{"a":null}]}')
        assert repr(await client.next()) == repr([1, {}, None, "t", [1, 1.0, "ü", {"a": None}], []])
        assert await ann.next() == {"type": 1, "target": "t", "arguments": [1, 1.0, "ü", {"a": None}]}
        await post_messagepack(emulator, "t", 1, 1.5, b"bytes")
        assert await client.next() == [1, {}, None, "t", [1, 1.5, b"bytes"], []]
        assert await ann.next() == {"type": 1, "target": "t", "arguments": [1, 1.5, "Ynl0ZXM="]}


@OPEN
async def test_ready_records_reach_the_clients_of_their_protocol_alone(open_client: Any) -> None:
    async with running_emulator() as emulator:
        client, ann = await open_client(emulator), await emulator.open()
        await post_ready(emulator, json=JSON_RECORD, messagepack=MESSAGEPACK_RECORD)
        assert (await client.next())[4] == ["messagepack"]
        assert (await ann.next())["arguments"] == ["json"]
        await post_ready(emulator, json=JSON_RECORD)
        await post_ready(emulator, messagepack=MESSAGEPACK_RECORD)
        await post_messagepack(emulator, "fence")
        assert [(await client.next())[3] for _ in range(2)] == ["ready", "fence"]
        assert [(await ann.next())["target"] for _ in range(2)] == ["ready", "fence"]


@OPEN
async def test_large_messages_arrive_whole(open_client: Any) -> None:
    async with running_emulator() as emulator:
        client = await open_client(emulator)
        await post_messagepack(emulator, "t", "x" * 900_000)
        assert (await client.next())[4] == ["x" * 900_000]


async def test_a_refused_handshake_is_answered_in_text() -> None:
    async with running_emulator() as emulator:
        socket = await emulator.socket("hub=chat", emulator.client_token())
        await socket.send_bytes(handshake(version=3))
        answer = await socket.receive_str(timeout=DEADLINE_SECONDS)
        assert answer.startswith('{"error":"The server does not support version 3 of the')


async def test_a_malformed_message_closes_the_connection_with_a_close_message() -> None:
    async with running_emulator() as emulator:
        client = await open_web_socket(emulator)
        await client.socket.send_bytes(b"\x01\xc1")
        assert await client.next() == [7, "Connection closed with an error.", True]


async def test_an_oversize_message_closes_the_connection() -> None:
    async with running_emulator() as emulator:
        client = await open_web_socket(emulator)
        await client.socket.send_bytes(b"\xff\xff\xff\xff\x07")  # tells of 2 GiB
        for _ in range(2):
            await client.socket.send_bytes(bytes(600_000))
        assert await client.next() == [7, "Connection closed with an error.", True]


async def test_a_record_that_a_client_gets_nothing_of_is_not_counted_for_its_reconnect() -> None:
    async with running_emulator() as emulator:
        token = emulator.client_token()
        headers = {"Authorization": f"Bearer {token}"}
        path = "/client/negotiate?hub=chat&negotiateVersion=1&useStatefulReconnect=true"
        query = "hub=chat&id=" + (await emulator.request("POST", path, headers=headers)).json()["connectionToken"]
        client = WebSocketClient(await emulator.socket(query, token))
        await client.socket.send_bytes(handshake(version=2))
        assert await client.receive() == b"{}\x1e"
        await post_ready(emulator, json=JSON_RECORD)
        await post_messagepack(emulator, "counted")
        assert (await client.next())[3] == "counted"
        again = WebSocketClient(await emulator.socket(query, token))
        assert await again.next() == [9, 1]
        assert (await again.next())[3] == "counted"
        await post_messagepack(emulator, "new")
        assert (await again.next())[3] == "new"
