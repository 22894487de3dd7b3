"""Long polling on aiohttp: messages wait here for the client's next poll, which takes all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum

from aiohttp import web

from emulator.connection import Connection
from emulator.outgoing import Framing
from emulator.protocol.registry import HubProtocol
from emulator.protocol.transfer_format import TransferFormat
from emulator.service import Service
from emulator.transports.base import BoundedSocket
from emulator.transports.long_polling.framing import framing

HEADERS = {
    "Cache-Control": "no-cache, no-store",
    "Pragma": "no-cache",
    "Expires": "Thu, 01 Jan 1970 00:00:00 GMT",
}


class Poll(Enum):
    """How a poll ends."""

    DATA = "there are messages"
    TIMEOUT = "there were none for a while"
    OVER = "the connection ended, or a newer poll took this one's place"


class LongPolling:
    """One connection's messages between polls. Times are seconds of the service's clock."""

    name = "LongPolling"
    bit = 4
    transfer_formats = (TransferFormat.TEXT, TransferFormat.BINARY)
    has_inherent_keep_alive = True
    can_be_replaced = False

    __slots__ = (
        "_clock",
        "_gap",
        "_is_dropped",
        "_is_over",
        "_last_poll",
        "_most_unsent_bytes",
        "_poll",
        "_polls",
        "_size",
        "_waiting",
    )

    def __init__(self, *, gap: float, most_unsent_bytes: int, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._gap = gap
        self._most_unsent_bytes = most_unsent_bytes
        self._waiting: list[bytes] = []
        self._size = 0
        self._is_over = False
        self._is_dropped = False
        self._polls = 0
        self._poll: asyncio.Future[Poll] | None = None
        self._last_poll = clock()

    def framing(self, protocol: HubProtocol) -> Framing:
        return framing(protocol)

    def write(self, data: bytes) -> None:
        if self._is_dropped:
            return
        self._waiting.append(data)
        self._size += len(data)
        if self._size > self._most_unsent_bytes:
            self.drop()
        else:
            self._settle(Poll.DATA)

    def close(self) -> None:
        """The connection is over; what waits is still given to the next poll."""
        self._is_over = True
        self._settle(Poll.DATA if self._waiting else Poll.OVER)

    def drop(self) -> None:
        """The connection is over at once, with nothing more given out."""
        self._waiting.clear()
        self._is_over = self._is_dropped = True
        self._settle(Poll.OVER)

    @property
    def is_done(self) -> bool:
        """Whether the connection is over and nothing is left for another poll."""
        return self._is_over and not self._waiting

    def is_lost(self, now: float) -> bool:
        return self._is_dropped or (not self._polls and now - self._last_poll > self._gap)

    @contextmanager
    def polling(self) -> Iterator[None]:
        """While the client has a poll open, its answer's last byte included."""
        self._polls += 1
        try:
            yield
        finally:
            self._polls -= 1
            self._last_poll = self._clock()

    def _settle(self, how: Poll) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(how)

    def take(self) -> bytes:
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        return data

    async def poll(self, timeout: float) -> Poll:
        """Wait until there is something to answer; a newer poll ends an older one."""
        self._settle(Poll.OVER)
        if self._waiting:
            return Poll.DATA
        if self._is_over:
            return Poll.OVER
        self._poll = poll = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(poll, timeout)
        except TimeoutError:
            return Poll.TIMEOUT
        finally:
            if self._poll is poll:
                self._poll = None


async def serve(request: web.Request, connection: Connection, service: Service) -> web.Response:
    """Answer one poll. The first one is answered at once: it says that this transport is the one."""
    transport = connection.transport
    if not isinstance(transport, LongPolling):
        connection.attach(_new_transport(connection, service), service.clock())
        return _answer(b"")
    with transport.polling():
        how = await transport.poll(service.options.poll_timeout)
        response = _answer_to(how, transport)
        socket = BoundedSocket(request, service.options.most_unsent_bytes)
        await socket.finish(_send(request, response), service.options.client_timeout)
    if how is Poll.OVER and transport.is_done:
        connection.transport_lost(transport, service.clock(), clean=True)
    return response


async def _send(request: web.Request, response: web.Response) -> None:
    """Here rather than by aiohttp, which would wait for ever for a client that does not read its answer."""
    await response.prepare(request)
    await response.write_eof()


def _answer_to(how: Poll, transport: LongPolling) -> web.Response:
    if how is Poll.DATA:
        return _answer(transport.take())
    if how is Poll.TIMEOUT:
        return web.Response(headers=HEADERS, content_type="text/plain")
    return web.Response(status=204, headers=HEADERS)


def _new_transport(connection: Connection, service: Service) -> LongPolling:
    return LongPolling(
        gap=connection.settings.poll_gap,
        most_unsent_bytes=service.options.most_unsent_bytes,
        clock=service.clock,
    )


def end(connection: Connection, transport: LongPolling, service: Service) -> web.Response:
    """The client's DELETE: the connection is over, and a poll that waits is told so."""
    transport.drop()
    connection.transport_lost(transport, service.clock(), clean=True)
    return web.Response(status=202, content_type="text/plain")


def _answer(data: bytes) -> web.Response:
    return web.Response(body=data, headers=HEADERS, content_type="application/octet-stream")
