"""WebSockets on aiohttp: aiohttp reads and closes; what is sent is framed here and written as it is."""

from __future__ import annotations

import asyncio

from aiohttp import WSCloseCode, WSMsgType, web

from emulator.connection import LARGEST_MESSAGE_BYTES, Connection
from emulator.outgoing import Framing
from emulator.protocol.registry import HubProtocol
from emulator.protocol.transfer_format import TransferFormat
from emulator.service import Service
from emulator.transports.base import Background, BoundedSocket
from emulator.transports.websockets.framing import framing

# To write what still waits, and again for the client to read it.
CLOSE_TIMEOUT_SECONDS = 5

_background = Background()


class WebSockets:
    """One connection's WebSocket."""

    name = "WebSockets"
    bit = 1
    transfer_formats = (TransferFormat.TEXT, TransferFormat.BINARY)
    has_inherent_keep_alive = False
    can_be_replaced = True

    __slots__ = ("_is_closing", "_response", "_socket")

    def __init__(self, response: web.WebSocketResponse, socket: BoundedSocket) -> None:
        self._response = response
        self._socket = socket
        self._is_closing = False

    def framing(self, protocol: HubProtocol) -> Framing:
        return framing(protocol)

    def write(self, data: bytes) -> None:
        self._socket.write(data)

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            _background.start(self._end())

    async def _end(self) -> None:
        await self._socket.finish(self._response.close(code=WSCloseCode.OK), CLOSE_TIMEOUT_SECONDS)
        # By now aiohttp closes the socket, but not before all is written, which a client that does not read puts off.
        asyncio.get_running_loop().call_later(CLOSE_TIMEOUT_SECONDS, self._socket.abort)

    def is_lost(self, now: float) -> bool:  # noqa: ARG002 - a socket's end is told by the socket
        return False


async def serve(request: web.Request, connection: Connection, service: Service) -> web.WebSocketResponse:
    """Carry a connection over this request's WebSocket until either side ends it."""
    response = web.WebSocketResponse(
        compress=False, timeout=CLOSE_TIMEOUT_SECONDS, max_msg_size=LARGEST_MESSAGE_BYTES, decode_text=False
    )
    await response.prepare(request)
    transport = WebSockets(response, BoundedSocket(request, service.options.most_unsent_bytes))
    connection.attach(transport, service.clock())
    error = None
    try:
        async for message in response:
            if message.type is WSMsgType.ERROR:
                error = str(message.data)
                break
            connection.receive_data(message.data, service.clock())
    finally:
        clean = response.close_code not in (None, WSCloseCode.ABNORMAL_CLOSURE)
        connection.transport_lost(transport, service.clock(), error, clean=clean)
    return response
