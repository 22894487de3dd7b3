"""Clients that do not read: what waits for them is bounded, then they are dropped, and others notice nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from emulator.options import Options
from emulator.transports import base
from tests.emulator.transports.clients import LongPollingClient, SseClient, WebSocketClient, opened
from tests.emulator.wire import WireEmulator, running_emulator

LIMIT = 1_048_576
PATIENT: dict[str, Any] = {"asrs.s.ttl": 300}
IMPATIENT: dict[str, Any] = {"asrs.s.ttl": 1}
OPTIONS = Options(port=0, most_unsent_bytes=LIMIT)
MESSAGE = json.dumps({"target": "t", "arguments": ["x" * 500_000]}).encode()
# More than the buffers of the operating system on both ends take before the emulator's own is used.
FAR_TOO_MUCH = 60 * len(MESSAGE)


async def flood_until_dropped(emulator: WireEmulator, slow: str, quick: WebSocketClient) -> int:
    """How many bytes were sent to the slow connection until it was gone."""
    sent = 0
    while (await emulator.rest("HEAD", f"chat/connections/{slow}")).status == 200:
        assert sent < FAR_TOO_MUCH, "the slow client was never dropped"
        await emulator.rest("POST", "chat", MESSAGE)
        assert len((await quick.next())["arguments"][0]) == 500_000
        sent += len(MESSAGE)
    return sent


@pytest.mark.parametrize("open_client", [WebSocketClient.open, SseClient.open])
async def test_a_stream_that_is_not_read_is_dropped_and_others_are_not(open_client: object) -> None:
    async with running_emulator(OPTIONS) as emulator:
        slow = await opened(open_client, emulator)  # type: ignore[arg-type] # one of two methods
        quick = await opened(WebSocketClient.open, emulator)
        slow.tcp.pause_reading()
        assert await flood_until_dropped(emulator, slow.connection_id, quick) > LIMIT
        assert await emulator.received([quick]) == [[]]


async def test_a_client_that_does_not_poll_is_dropped_above_the_limit() -> None:
    async with running_emulator(Options(port=0, most_unsent_bytes=LIMIT, keep_alive_interval=0.02)) as emulator:
        slow = await opened(LongPollingClient.open, emulator, **PATIENT)
        quick = await opened(WebSocketClient.open, emulator)
        for _ in range(3):
            await emulator.rest("POST", "chat", MESSAGE)
        assert await emulator.is_gone(slow.connection_id)
        assert (await slow.poll()).status == 404
        for _ in range(3):
            await quick.next_of_type(1)
        assert await emulator.received([quick]) == [[]]


async def test_a_poll_that_waits_when_too_much_comes_at_once_is_over() -> None:
    async with running_emulator(Options(port=0, most_unsent_bytes=1000)) as emulator:
        slow = await opened(LongPollingClient.open, emulator, **PATIENT)
        poll = asyncio.create_task(slow.poll())
        await emulator.is_waited_on()
        await emulator.rest("POST", "chat", MESSAGE)
        assert (await poll).status == 204
        assert await emulator.is_gone(slow.connection_id)


async def test_a_poll_whose_answer_is_not_read_is_cut_off_and_its_client_forgotten() -> None:
    options = Options(port=0, client_timeout=0.2, keep_alive_interval=0.02)
    async with running_emulator(options) as emulator:
        slow = await opened(LongPollingClient.open, emulator, **IMPATIENT)
        for _ in range(24):  # more than the system's buffers take, less than the emulator lets wait
            await emulator.rest("POST", "chat", MESSAGE)
        reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port, limit=1)
        head = f"GET {slow.path} HTTP/1.1\r\nHost: 127.0.0.1:{emulator.port}\r\n"
        head += f"Authorization: {slow.headers['Authorization']}\r\n\r\n"
        writer.write(head.encode())
        assert await emulator.is_gone(slow.connection_id)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(24 * len(MESSAGE))
        writer.close()


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


class FullRequest:
    def __init__(self) -> None:
        self.transport = FullSocket()


async def test_a_socket_is_aborted_above_the_limit_and_not_written_to_again() -> None:
    request = FullRequest()
    socket = base.BoundedSocket(request, 10)  # type: ignore[arg-type] # of the request it takes the transport alone
    socket.write(b"x" * 10)
    assert not request.transport.is_aborted
    socket.write(b"x")
    assert request.transport.is_aborted
    socket.write(b"x")
    assert len(request.transport.waiting) == 11


@pytest.mark.parametrize(("seconds", "is_aborted"), [(10, False), (0.01, True)])
async def test_a_last_write_is_waited_for_no_longer_than_said(seconds: float, is_aborted: bool) -> None:
    request = FullRequest()
    socket = base.BoundedSocket(request, 10)  # type: ignore[arg-type] # as above
    never = asyncio.Event()
    done = asyncio.sleep(0) if seconds == 10 else never.wait()
    await socket.finish(done, seconds)
    assert request.transport.is_aborted is is_aborted
