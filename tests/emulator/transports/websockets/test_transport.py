"""The WebSockets transport over the wire: frames in, frames out, and every way to end."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import aiohttp
import pytest
from aiohttp import web

from emulator.connection import LARGEST_MESSAGE_BYTES
from emulator.options import ClientMessages, Options
from emulator.service import LISTEN_MODE_TEXT
from emulator.transports.websockets.transport import MOST_UNSENT_BYTES, WebSocketTransport
from tests.emulator.offline import HANDSHAKE
from tests.emulator.wire import DEADLINE_SECONDS, WireClient, WireEmulator, running_emulator

INVOCATION = '{"type":1,"invocationId":"1","target":"send","arguments":[1]}\x1e'
PING = '{"type":6}\x1e'


async def unshaken(emulator: WireEmulator) -> WireClient:
    return WireClient(await emulator.socket("hub=chat", emulator.client_token()), "")


async def is_gone(emulator: WireEmulator, client: WireClient) -> bool:
    """Whether the hub forgets the connection before the deadline."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await emulator.rest("HEAD", f"chat/connections/{client.connection_id}")).status != 404:
            await asyncio.sleep(0.005)
    return True


def connection_of(client: WireClient) -> asyncio.Transport:
    """The client's end of its TCP connection, for what aiohttp's client never does by itself."""
    connection = client.socket._conn
    assert connection is not None
    return cast(asyncio.Transport, connection.transport)


@pytest.mark.parametrize("size", [0, 60, 200, 65_500, 70_000, 1_000_000])
async def test_messages_of_any_size_arrive_whole(size: int) -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        await emulator.rest("POST", "chat", {"target": "t", "arguments": ["é" * (size // 2)]})
        assert await ann.next() == {"type": 1, "target": "t", "arguments": ["é" * (size // 2)]}


async def test_messages_keep_their_order() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        targets = [str(number) for number in range(50)]
        for target in targets:
            await emulator.rest("POST", "chat", {"target": target})
        assert await emulator.received([ann]) == [targets]


@pytest.mark.parametrize("pieces", [[HANDSHAKE], [HANDSHAKE[:5], HANDSHAKE[5:]], [bytes([b]) for b in HANDSHAKE]])
@pytest.mark.parametrize("binary", [False, True])
async def test_the_handshake_may_come_in_pieces_in_text_or_binary_frames(pieces: list[bytes], binary: bool) -> None:
    async with running_emulator() as emulator:
        client = await unshaken(emulator)
        for piece in pieces:
            await (client.socket.send_bytes(piece) if binary else client.socket.send_str(piece.decode()))
        assert await client.socket.receive_str(timeout=DEADLINE_SECONDS) == "{}\x1e"


async def test_the_handshake_and_a_message_may_share_a_frame() -> None:
    async with running_emulator(Options(port=0, client_messages=ClientMessages.CLOSE)) as emulator:
        client = await unshaken(emulator)
        await client.send(HANDSHAKE.decode() + INVOCATION)
        assert await client.next() == {}
        assert await client.next() == {"type": 7, "error": LISTEN_MODE_TEXT}
        assert await client.close_code() == 1000


async def test_a_refused_handshake_is_explained_and_closed() -> None:
    async with running_emulator() as emulator:
        client = await unshaken(emulator)
        await client.send('{"protocol":"messagepack2","version":1}\x1e')
        assert await client.next() == {"error": "The protocol 'messagepack2' is not supported."}
        assert await client.close_code() == 1000


async def test_a_handshake_that_does_not_come_is_canceled() -> None:
    async with running_emulator(Options(port=0, handshake_timeout=0, keep_alive_interval=0.02)) as emulator:
        client = await unshaken(emulator)
        assert await client.next() == {"error": "Handshake was canceled."}
        assert await client.close_code() == 1000


async def test_a_client_that_invokes_is_told_why_it_is_closed() -> None:
    async with running_emulator() as emulator:
        ann, bob = await emulator.open(), await emulator.open()
        await ann.send(INVOCATION)
        assert await ann.next() == {"type": 7, "error": LISTEN_MODE_TEXT}
        assert await ann.close_code() == 1000
        assert await emulator.received([bob]) == [[]]


async def test_a_client_that_invokes_is_ignored_where_the_option_says_so() -> None:
    async with running_emulator(Options(port=0, client_messages=ClientMessages.IGNORE)) as emulator:
        ann = await emulator.open()
        await ann.send(INVOCATION)
        assert await emulator.received([ann]) == [[]]


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


async def test_a_clients_close_is_answered() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        await ann.send('{"type":7}\x1e')
        assert await ann.next() == {"type": 7}
        assert await ann.close_code() == 1000


async def test_a_socket_that_the_client_closes_leaves_the_hub() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open(user_id="ann")
        await ann.socket.close()
        assert ann.socket.close_code == 1000
        assert await is_gone(emulator, ann)
        assert (await emulator.rest("HEAD", "chat/users/ann")).status == 404


async def test_a_connection_that_is_cut_leaves_the_hub() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        connection_of(ann).abort()
        assert await is_gone(emulator, ann)


@pytest.mark.parametrize(("text", "code"), [("x" * (LARGEST_MESSAGE_BYTES + 1), 1009), ("nonsense\x1e", 1000)])
async def test_what_a_client_must_not_send_ends_its_connection_alone(text: str, code: int) -> None:
    async with running_emulator() as emulator:
        ann, bob = await emulator.open(), await emulator.open()
        await ann.send(text)
        if code == 1000:
            assert await ann.next() == {"type": 7, "error": "Connection closed with an error.", "allowReconnect": True}
        assert await ann.close_code() == code
        assert await is_gone(emulator, ann)
        assert await emulator.received([bob]) == [[]]


async def test_a_client_that_does_not_read_is_dropped_and_others_are_not() -> None:
    async with running_emulator() as emulator:
        slow, quick = await emulator.open(), await emulator.open()
        connection_of(slow).pause_reading()
        message = json.dumps({"target": "t", "arguments": ["x" * 1_000_000]}).encode()
        sent = 0
        while (await emulator.rest("HEAD", f"chat/connections/{slow.connection_id}")).status == 200:
            assert sent < 4 * MOST_UNSENT_BYTES, "the slow client was never dropped"
            await emulator.rest("POST", "chat", message)
            assert len((await quick.next())["arguments"][0]) == 1_000_000
            sent += len(message)
        assert sent > MOST_UNSENT_BYTES
        assert await emulator.received([quick]) == [[]]


class FullSocket(asyncio.Transport):
    """A socket whose far end reads nothing: all that is written stays here."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = b""
        self.is_aborted = False

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.waiting += data

    def get_write_buffer_size(self) -> int:
        return len(self.waiting)

    def is_closing(self) -> bool:
        return self.is_aborted

    def abort(self) -> None:
        self.is_aborted = True


async def test_a_socket_is_aborted_above_the_limit_and_not_written_to_again() -> None:
    socket = FullSocket()
    transport = WebSocketTransport(web.WebSocketResponse(), socket)
    transport.write(b"x" * MOST_UNSENT_BYTES)
    assert not socket.is_aborted
    transport.write(b"x")
    assert socket.is_aborted
    transport.write(b"x")
    assert len(socket.waiting) == MOST_UNSENT_BYTES + 1


async def test_no_compression_is_agreed_on() -> None:
    async with running_emulator() as emulator:
        url = f"{emulator.endpoint}/client/?hub=chat&access_token={emulator.client_token()}"
        async with emulator.session.ws_connect(url, compress=15) as socket:
            assert isinstance(socket, aiohttp.ClientWebSocketResponse)
            assert socket.compress == 0
