"""The WebSockets transport over the wire: frames in, frames out, and ends that are its alone."""

from __future__ import annotations

import asyncio
import gc
import logging
import struct
import weakref
from typing import Any

import aiohttp
import msgspec
import pytest

from emulator.connection import LARGEST_MESSAGE_BYTES
from emulator.options import Options
from emulator.transports.websockets import transport
from tests.emulator.offline import HANDSHAKE
from tests.emulator.wire import DEADLINE_SECONDS, WireClient, WireEmulator, running_emulator

PING = '{"type":6}\x1e'


async def unshaken(emulator: WireEmulator) -> WireClient:
    return WireClient(await emulator.socket("hub=chat", emulator.client_token()), "")


@pytest.mark.parametrize("size", [0, 60, 200, 65_500, 70_000, 1_000_000])
async def test_messages_of_any_size_arrive_whole(size: int) -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        await emulator.rest("POST", "chat", {"target": "t", "arguments": ["é" * (size // 2)]})
        assert await ann.next() == {"type": 1, "target": "t", "arguments": ["é" * (size // 2)]}


@pytest.mark.parametrize("pieces", [[HANDSHAKE], [HANDSHAKE[:5], HANDSHAKE[5:]], [bytes([b]) for b in HANDSHAKE]])
@pytest.mark.parametrize("binary", [False, True])
async def test_the_handshake_may_come_in_pieces_in_text_or_binary_frames(pieces: list[bytes], binary: bool) -> None:
    async with running_emulator() as emulator:
        client = await unshaken(emulator)
        for piece in pieces:
            await (client.socket.send_bytes(piece) if binary else client.socket.send_str(piece.decode()))
        assert await client.socket.receive_str(timeout=DEADLINE_SECONDS) == "{}\x1e"


@pytest.mark.parametrize("binary", [False, True])
async def test_messagepack_is_answered_in_binary_frames_from_the_handshake_on(binary: bool) -> None:
    handshake = '{"protocol":"messagepack","version":1}\x1e'
    async with running_emulator() as emulator:
        client = await unshaken(emulator)
        await (client.socket.send_bytes(handshake.encode()) if binary else client.socket.send_str(handshake))
        assert await client.socket.receive_bytes(timeout=DEADLINE_SECONDS) == b"{}\x1e"
        await emulator.rest("POST", "chat", {"target": "t", "arguments": [1]})
        frame = await client.socket.receive_bytes(timeout=DEADLINE_SECONDS)
    assert frame[0] == len(frame) - 1
    assert msgspec.msgpack.decode(frame[1:]) == [1, {}, None, "t", [1], []]


async def test_a_refused_handshake_is_told_in_a_text_frame() -> None:
    async with running_emulator() as emulator:
        client = await unshaken(emulator)
        await client.socket.send_bytes(b'{"protocol":"messagepack","version":9}\x1e')
        text = await client.socket.receive_str(timeout=DEADLINE_SECONDS)
        assert text == '{"error":"The server does not support version 9 of the \'messagepack\' protocol."}\x1e'
        assert await client.close_code() == 1000


async def test_pings_keep_a_client_connected_and_silence_ends_it() -> None:
    options = Options(port=0, keep_alive_interval=0.05, client_timeout=0.5)
    async with running_emulator(options) as emulator:
        silent, lively = await emulator.open(), await emulator.open()

        async def keep_alive() -> None:
            while True:
                await lively.send(PING)
                await asyncio.sleep(0.02)

        keeping = asyncio.create_task(keep_alive())
        close = await silent.next_of_type(7)
        assert "client timeout" in close["error"]
        assert await silent.close_code() == 1000
        assert (await lively.next()) == {"type": 6}
        assert (await emulator.rest("HEAD", f"chat/connections/{lively.connection_id}")).status == 200
        keeping.cancel()


async def test_a_connection_that_is_cut_leaves_the_hub() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open(user_id="ann")
        ann.tcp.abort()
        assert await emulator.is_gone(ann.connection_id)
        assert (await emulator.rest("HEAD", "chat/users/ann")).status == 404


async def test_a_frame_above_the_limit_is_1009_and_ends_its_connection_alone() -> None:
    async with running_emulator() as emulator:
        ann, bob = await emulator.open(), await emulator.open()
        await ann.send("x" * (LARGEST_MESSAGE_BYTES + 1))
        assert await ann.close_code() == 1009
        assert await emulator.is_gone(ann.connection_id)
        assert await emulator.received([bob]) == [[]]


async def test_a_message_above_the_limit_in_many_frames_is_refused_too() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open(**{"asrs.s.derror": "true"})
        for _ in range(3):
            await ann.send("x" * (LARGEST_MESSAGE_BYTES // 2))
        assert f"more than {LARGEST_MESSAGE_BYTES} bytes" in (await ann.next())["error"]
        assert await ann.close_code() == 1000


MASK = b"\x00" * 4


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\xf1\x80" + MASK, 1002),  # reserved bits
        (b"\x83\x80" + MASK, 1002),  # an opcode that there is not
        (b"\x09\x80" + MASK, 1002),  # a ping in parts
        (b"\x89\xfe" + struct.pack(">H", 126) + MASK + b"x" * 126, 1002),  # a long ping
        (b"\x80\x80" + MASK, 1002),  # goes on with what never began
        (b"\x88\x81" + MASK + b"x", 1002),  # half a close code
        (b"\x81\xff" + struct.pack(">Q", 2**62) + MASK, 1009),  # four exabytes are to follow
    ],
)
async def test_a_malformed_frame_ends_its_connection_alone(frame: bytes, code: int) -> None:
    async with running_emulator() as emulator:
        ann, bob = await emulator.open(), await emulator.open()
        ann.tcp.write(frame)
        assert await ann.close_code() == code
        assert await emulator.is_gone(ann.connection_id)
        assert await emulator.received([bob]) == [[]]


async def test_a_client_that_does_not_answer_a_protocol_error_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(transport, "CLOSE_TIMEOUT_SECONDS", 0.05)
    caplog.set_level(logging.INFO)
    async with running_emulator() as emulator:
        ann = await emulator.open()
        ann.tcp.pause_reading()
        ann.tcp.write(b"\x83\x80" + MASK)
        assert await emulator.is_gone(ann.connection_id)
        assert await socket_is_over(emulator, "chat", ann)
    assert f"{ann.connection_id} closed, error 'invalid opcode'" in caplog.text


async def test_frames_of_half_a_message_wait_for_the_other_half() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        ping = PING.encode()
        for piece in (b"\x01\x84" + MASK + ping[:4], b"\x80" + bytes([0x80 | len(ping) - 4]) + MASK + ping[4:]):
            ann.tcp.write(piece)
        assert await emulator.received([ann]) == [[]]


async def test_a_client_that_neither_reads_nor_answers_a_close_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "CLOSE_TIMEOUT_SECONDS", 0.05)
    async with running_emulator() as emulator:
        full, silent = await emulator.open(), await emulator.open("other")
        for client in (full, silent):
            client.tcp.pause_reading()
        for _ in range(12):  # more than the system's buffers take, less than the emulator lets wait
            await emulator.rest("POST", "chat", {"target": "t", "arguments": ["x" * 1_000_000]})
        await emulator.rest("DELETE", f"chat/connections/{full.connection_id}")
        await emulator.rest("DELETE", f"other/connections/{silent.connection_id}")
        for hub, client in (("chat", full), ("other", silent)):
            assert await socket_is_over(emulator, hub, client)


class WatchedWebSockets(transport.WebSockets):
    """The emulator's ends of the clients' sockets, in the order in which they were opened."""

    opened: list[WatchedWebSockets]
    ended: asyncio.Event

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.ended = asyncio.Event()
        self.opened.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.ended.set()


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[WatchedWebSockets]:
    opened: list[WatchedWebSockets] = []
    monkeypatch.setattr(WatchedWebSockets, "opened", opened, raising=False)
    monkeypatch.setattr(transport, "WebSockets", WatchedWebSockets)
    return opened


async def fill(emulator: WireEmulator, client: WireClient, socket: WatchedWebSockets) -> int:
    """Send to a client that does not read until a little waits in the emulator; how many messages that took."""
    client.tcp.pause_reading()
    for number in range(1, 100_000):
        await emulator.rest("POST", "chat", {"target": "t", "arguments": [number, "x" * 20_000]})
        if socket._socket.get_write_buffer_size():
            return number
    raise AssertionError("nothing ever waited")


async def test_a_socket_does_not_outlive_its_close_for_bytes_that_nobody_reads(
    monkeypatch: pytest.MonkeyPatch, sockets: list[WatchedWebSockets]
) -> None:
    monkeypatch.setattr(transport, "CLOSE_TIMEOUT_SECONDS", 0.05)
    async with running_emulator() as emulator:
        ann = await emulator.open()
        await fill(emulator, ann, sockets[0])
        await emulator.rest("DELETE", f"chat/connections/{ann.connection_id}")
        await asyncio.wait_for(sockets[0].ended.wait(), DEADLINE_SECONDS)


@pytest.mark.parametrize("are_files", [True, False])
async def test_what_waited_for_a_slow_reader_arrives_whole_and_in_order(
    monkeypatch: pytest.MonkeyPatch, sockets: list[WatchedWebSockets], are_files: bool
) -> None:
    monkeypatch.setattr(transport, "_SOCKETS_ARE_FILES", are_files)
    async with running_emulator() as emulator:
        ann = await emulator.open()
        for _ in range(2):  # and once more when all that waited has gone
            count = await fill(emulator, ann, sockets[0])
            ann.tcp.write(b"\x89\x81" + MASK + b"p")  # its pong goes between two messages, not into one
            await emulator.rest("POST", "chat", {"target": "t", "arguments": [count + 1, ""]})
            ann.tcp.resume_reading()
            numbers = [(await ann.next_of_type(1))["arguments"][0] for _ in range(count + 1)]
            assert numbers == list(range(1, count + 2))
            assert not sockets[0]._socket.get_write_buffer_size()
            assert sockets[0]._is_direct is are_files


async def test_a_broken_socket_is_written_to_without_harm(sockets: list[WatchedWebSockets]) -> None:
    async with running_emulator() as emulator:
        ann, bob = await emulator.open(), await emulator.open()
        sockets[0]._socket.abort()
        sockets[0].write(b"x")
        await asyncio.wait_for(sockets[0].ended.wait(), DEADLINE_SECONDS)
        sockets[0].write(b"x")
        assert await emulator.is_gone(ann.connection_id)
        assert await emulator.received([bob]) == [[]]


CLOSE = b"\x88\x82" + MASK + struct.pack(">H", 1000)


@pytest.mark.parametrize("last_words", ["", '{"type":7}\x1e'])
async def test_a_client_that_closes_and_keeps_its_socket_costs_no_other_a_message(
    caplog: pytest.LogCaptureFixture, last_words: str
) -> None:
    async with running_emulator() as emulator:
        ann, bob = await emulator.open(), await emulator.open()
        ann.tcp.pause_reading()  # so that it does not see the end of the socket either
        words = last_words.encode()
        ann.tcp.write((b"\x81" + bytes([0x80 | len(words)]) + MASK + words if words else b"") + CLOSE)
        await emulator.rest("POST", "chat", {"target": "t", "arguments": []})
        assert (await bob.next())["target"] == "t"
        assert await emulator.is_gone(ann.connection_id)
        await emulator.rest("POST", "chat", {"target": "t", "arguments": []})
        assert (await bob.next())["target"] == "t"
        assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_an_ended_socket_leaves_nothing_for_the_garbage_collector(sockets: list[WatchedWebSockets]) -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        frames = weakref.ref(sockets[0]._frames)
        ann.tcp.abort()
        await asyncio.wait_for(sockets[0].ended.wait(), DEADLINE_SECONDS)
        gc.disable()
        try:
            del sockets[0]._frames
            assert frames() is None
        finally:
            gc.enable()


async def test_the_web_server_keeps_nothing_of_a_request_that_became_a_websocket() -> None:
    async with running_emulator() as emulator:
        clients = [await emulator.open() for _ in range(3)]
        assert not any(handler._current_request for handler in emulator.handlers)
        assert len(emulator.handlers) < len(clients)


async def test_a_ping_of_the_websocket_is_answered() -> None:
    async with running_emulator() as emulator:
        url = f"{emulator.endpoint}/client/?hub=chat&access_token={emulator.client_token()}"
        async with emulator.session.ws_connect(url, autoping=False) as socket:
            await socket.ping(b"are you there?")
            assert await socket.receive(DEADLINE_SECONDS) == (aiohttp.WSMsgType.PONG, b"are you there?", "")


async def test_clients_hear_that_the_emulator_stops_before_their_sockets_end() -> None:
    async with running_emulator() as emulator:
        assert emulator._runner is not None
        clients = [await emulator.open() for _ in range(3)]
        stopping = asyncio.create_task(emulator._runner.cleanup())
        for client in clients:
            assert await client.next() == {"type": 7, "allowReconnect": True}
            assert await client.close_code() == 1000
        await stopping


async def socket_is_over(emulator: WireEmulator, hub: str, client: WireClient) -> bool:
    """409 while its old socket is not done with, 404 from then on."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await emulator.socket(f"hub={hub}&id={client.connection_token}", emulator.client_token(hub))
            if refused.value.status != 409:
                return refused.value.status == 404
            await asyncio.sleep(0.005)


async def test_no_compression_is_agreed_on() -> None:
    async with running_emulator() as emulator:
        url = f"{emulator.endpoint}/client/?hub=chat&access_token={emulator.client_token()}"
        async with emulator.session.ws_connect(url, compress=15) as socket:
            assert isinstance(socket, aiohttp.ClientWebSocketResponse)
            assert socket.compress == 0
