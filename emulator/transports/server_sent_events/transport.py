"""Server-Sent Events on aiohttp: the response's head is aiohttp's; events are framed here and written as they are."""

from __future__ import annotations

import asyncio

from aiohttp import web

from emulator.connection import Connection
from emulator.outgoing import Framing
from emulator.protocol.registry import HubProtocol
from emulator.protocol.transfer_format import TransferFormat
from emulator.service import Service
from emulator.transports.base import BoundedSocket
from emulator.transports.server_sent_events.framing import chunk, framing

HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache,no-store",
    "Pragma": "no-cache",
    "Content-Encoding": "identity",
}
END_TIMEOUT_SECONDS = 5
# A comment, so that EventSource reports the stream as open before there is an event.
OPENING = chunk(b":\r\n")


class ServerSentEvents:
    """One connection's stream of events."""

    name = "ServerSentEvents"
    bit = 2
    transfer_formats = (TransferFormat.TEXT,)
    has_inherent_keep_alive = False
    can_be_replaced = False

    __slots__ = ("_socket", "ended")

    def __init__(self, socket: BoundedSocket) -> None:
        self._socket = socket
        self.ended = asyncio.Event()

    def framing(self, protocol: HubProtocol) -> Framing:
        return framing(protocol)

    def write(self, data: bytes) -> None:
        self._socket.write(data)

    def close(self) -> None:
        self.ended.set()

    def is_lost(self, now: float) -> bool:  # noqa: ARG002 - a socket's end is told by the socket
        return False


async def serve(request: web.Request, connection: Connection, service: Service) -> web.StreamResponse:
    """Stream a connection's messages until either side ends it; what the client says comes in POST requests."""
    response = web.StreamResponse(headers=HEADERS)
    response.enable_chunked_encoding()
    await response.prepare(request)
    socket = BoundedSocket(request, service.options.most_unsent_bytes)
    socket.write(OPENING)
    transport = ServerSentEvents(socket)
    connection.attach(transport, service.clock())
    try:
        await transport.ended.wait()  # cancelled when the client goes
        await socket.finish(response.write_eof(), END_TIMEOUT_SECONDS)
    finally:
        connection.transport_lost(transport, service.clock(), clean=True)
    return response
