"""WebSockets: aiohttp upgrades the request and gives its socket away; frames are read by `websockets` and written here.

Thousands of idle clients make the difference: aiohttp keeps a request, two tasks and a parser for each, which take four
times the memory of what is needed here, and wakes a task for every ping.
"""

from __future__ import annotations

import asyncio
import logging
import os
from asyncio import Transport as Socket

from aiohttp import web
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import SEND_EOF, SERVER, Protocol

from emulator.connection import LARGEST_MESSAGE_BYTES, Connection
from emulator.outgoing import Framing
from emulator.protocol.registry import HubProtocol
from emulator.protocol.transfer_format import TransferFormat
from emulator.service import Service
from emulator.transports.websockets.framing import framing

# For the client to read what still waits and to answer the close.
CLOSE_TIMEOUT_SECONDS = 5
# Where a socket is no file, only asyncio can write to it.
_SOCKETS_ARE_FILES = os.name == "posix"
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
# Its debug messages would hold what clients say, and their end is logged by the service.
_logger = logging.getLogger("emulator.websockets")
_logger.setLevel(logging.ERROR)


class WebSockets(asyncio.Protocol):
    """One connection's WebSocket.

    While nothing waits to be written, it writes past asyncio, whose `write` takes a third as long as the system call in
    it. asyncio tells it when something waits, and that the socket ends before its number can be another file's.
    """

    name = "WebSockets"
    bit = 1
    transfer_formats = (TransferFormat.TEXT, TransferFormat.BINARY)
    has_inherent_keep_alive = False

    __slots__ = ("_connection", "_cutting_off", "_fileno", "_frames", "_is_direct", "_service", "_socket")

    can_be_replaced = True

    def __init__(self, socket: Socket, connection: Connection, service: Service) -> None:
        self._socket = socket
        self._connection = connection
        self._service = service
        self._frames = Protocol(SERVER, max_size=LARGEST_MESSAGE_BYTES, logger=_logger)
        self._cutting_off: asyncio.TimerHandle | None = None
        self._fileno: int = socket.get_extra_info("socket").fileno()
        self._is_direct = _SOCKETS_ARE_FILES and not socket.get_write_buffer_size()
        socket.set_write_buffer_limits(high=0)

    def framing(self, protocol: HubProtocol) -> Framing:
        return framing(protocol)

    def write(self, data: bytes) -> None:
        """Write, or drop a client that has let too much wait."""
        written = 0
        if self._is_direct:
            try:
                written = os.write(self._fileno, data)
            except OSError:  # it is full or broken: asyncio knows how to wait, and whom to tell
                written = 0
            if written == len(data):
                return
        self._write_slowly(data[written:])

    def _write_slowly(self, data: bytes) -> None:
        if self._socket.is_closing() or self._frames.eof_sent:
            return
        self._socket.write(data)
        if self._socket.get_write_buffer_size() > self._service.options.most_unsent_bytes:
            self._socket.abort()

    def pause_writing(self) -> None:
        self._is_direct = False

    def resume_writing(self) -> None:
        self._is_direct = _SOCKETS_ARE_FILES

    def data_received(self, data: bytes) -> None:
        self._frames.receive_data(data)
        for frame in self._frames.events_received():
            assert isinstance(frame, Frame)
            # A socket that is closed, or whose place another took, has nothing more to say.
            if frame.opcode in _DATA and not self._is_closing:
                self._connection.receive_data(frame.data, self._service.clock())
        self._answer()
        if self._frames.eof_sent:
            self._tell_lost(self._frames.parser_exc)

    @property
    def _is_closing(self) -> bool:
        return self._cutting_off is not None

    def close(self) -> None:
        if not self._is_closing:
            self._frames.send_close(CloseCode.NORMAL_CLOSURE)
            self._answer()

    def _answer(self) -> None:
        """Send what the WebSocket protocol itself has to say: pongs and closes."""
        for data in self._frames.data_to_send():
            if data is SEND_EOF:
                self._socket.write_eof()
            else:
                self.write(data)
            if self._frames.close_expected() and not self._is_closing:
                loop = asyncio.get_running_loop()
                self._cutting_off = loop.call_later(CLOSE_TIMEOUT_SECONDS, self._socket.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_direct = False
        if self._cutting_off is not None:
            self._cutting_off.cancel()
        self._tell_lost(self._frames.parser_exc or exc)
        self._frames.parser.close()  # it and its frames refer to each other, and would wait for the garbage collector

    def _tell_lost(self, reason: Exception | None) -> None:
        clean = self._frames.close_sent is not None or self._frames.close_rcvd is not None
        self._connection.transport_lost(self, self._service.clock(), str(reason) if reason else None, clean=clean)

    def is_lost(self, now: float) -> bool:  # noqa: ARG002 - a socket's end is told by the socket
        return False


async def serve(request: web.Request, connection: Connection, service: Service) -> web.StreamResponse:
    """Carry a connection over this request's WebSocket until either side ends it."""
    response = web.WebSocketResponse(compress=False)
    await response.prepare(request)
    socket = request.transport
    if socket is None:
        raise ConnectionResetError
    transport = WebSockets(socket, connection, service)
    _take(socket, request, transport)
    connection.attach(transport, service.clock())
    await asyncio.sleep(0)  # here the handler is cancelled
    return response


def _take(socket: Socket, request: web.Request, protocol: asyncio.Protocol) -> None:
    """Take a request's socket from aiohttp, for which it is as if the client had gone."""
    socket.set_protocol(protocol)
    request.protocol.transport = None  # or it would close the socket
    request.protocol.connection_lost(None)
    socket.resume_reading()  # which aiohttp pauses where a client says too much too early
