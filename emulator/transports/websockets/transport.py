"""WebSockets on aiohttp: aiohttp reads and closes; frames that many clients share are written as they are."""

from __future__ import annotations

import asyncio
from asyncio import Transport as Socket
from functools import cache
from typing import cast

from aiohttp import WSCloseCode, WSMsgType, web

from emulator.connection import LARGEST_MESSAGE_BYTES, Connection
from emulator.outgoing import Framing
from emulator.protocol.registry import HubProtocol
from emulator.service import Service
from emulator.transports.websockets.frames import text_frame

# What a client that does not read may keep waiting here before it is dropped: sixteen of the largest broadcasts.
MOST_UNSENT_BYTES = 16 * 1_048_576
CLOSE_TIMEOUT_SECONDS = 5


class WebSocketTransport:
    """Writes frames to one socket, past aiohttp's own writer, so that equal frames need no copy per client."""

    __slots__ = ("_closing", "_response", "_socket")

    def __init__(self, response: web.WebSocketResponse, socket: Socket) -> None:
        self._response = response
        self._socket = socket
        self._closing: asyncio.Task[bool] | None = None

    def framing(self, protocol: HubProtocol) -> Framing:
        return _framing(protocol)

    def write(self, data: bytes) -> None:
        socket = self._socket
        if socket.is_closing():
            return
        socket.write(data)
        if socket.get_write_buffer_size() > MOST_UNSENT_BYTES:
            socket.abort()

    def close(self) -> None:
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._response.close(code=WSCloseCode.OK))


@cache
def _framing(protocol: HubProtocol) -> Framing:
    return Framing(protocol, text_frame)


async def serve(request: web.Request, connection: Connection, service: Service) -> web.WebSocketResponse:
    """Carry a connection over this request's WebSocket until either side ends it."""
    response = web.WebSocketResponse(
        compress=False, timeout=CLOSE_TIMEOUT_SECONDS, max_msg_size=LARGEST_MESSAGE_BYTES, decode_text=False
    )
    await response.prepare(request)
    connection.attach(WebSocketTransport(response, cast(Socket, request.transport)), service.clock())
    error = None
    try:
        async for message in response:
            if message.type is WSMsgType.ERROR:
                error = str(message.data)
                break
            connection.receive_data(message.data, service.clock())
    finally:
        connection.transport_lost(error)
    return response
