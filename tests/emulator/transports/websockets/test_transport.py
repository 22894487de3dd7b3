"""The WebSockets transport over the wire: frames in, frames out, and ends that are its alone."""

from __future__ import annotations

import asyncio
import logging
import struct

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
    assert f"{ann.connection_id} closed, error 'Unexpected opcode=3'" in caplog.text


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


async def test_a_socket_does_not_outlive_its_close_for_bytes_that_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "CLOSE_TIMEOUT_SECONDS", 0.05)
    async with running_emulator() as emulator:
        ann = await emulator.open()
        ann.tcp.pause_reading()
        (handler,) = (handler for handler in emulator.handlers if handler._current_request)
        assert handler.transport is not None
        for _ in range(100_000):  # until a little waits: aiohttp itself would wait for more to be read
            await emulator.rest("POST", "chat", {"target": "t", "arguments": ["x" * 20_000]})
            if handler.transport.get_write_buffer_size():
                break
        await emulator.rest("DELETE", f"chat/connections/{ann.connection_id}")
        async with asyncio.timeout(DEADLINE_SECONDS):
            while handler in emulator.handlers:
                await asyncio.sleep(0.005)


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
