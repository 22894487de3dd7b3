"""What the transports share: the writing end of a connection's socket, bounded for a client that does not read."""

from __future__ import annotations

import asyncio
from asyncio import Transport as Socket
from collections.abc import Awaitable
from typing import cast

from aiohttp import web


class BoundedSocket:
    """Writes to a request's socket past aiohttp's own writer, so that equal bytes need no copy per client."""

    __slots__ = ("_most_unsent_bytes", "_socket")

    def __init__(self, request: web.Request, most_unsent_bytes: int) -> None:
        self._socket = cast(Socket, request.transport)
        self._most_unsent_bytes = most_unsent_bytes

    def write(self, data: bytes) -> None:
        """Write, or drop a client that has let too much wait."""
        socket = self._socket
        if socket.is_closing():
            return
        socket.write(data)
        if socket.get_write_buffer_size() > self._most_unsent_bytes:
            socket.abort()

    def abort(self) -> None:
        """Drop the client at once, with all that waits for it."""
        self._socket.abort()

    async def finish(self, writing: Awaitable[object], seconds: float) -> None:
        """Wait for a last write as long as this; a client that has not read by then is dropped."""
        try:
            async with asyncio.timeout(seconds):
                await writing
        except TimeoutError:
            self.abort()
