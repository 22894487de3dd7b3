"""A wire between a client and a server that a test can cut: both ends lose their sockets without a word."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

LIMIT_SECONDS = 15
_LARGEST_READ = 65536


class Wire:
    """Another port of 127.0.0.1 that leads to `port`, as a context manager."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._sockets: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.connections = 0  # ever made

    def __enter__(self) -> Wire:
        self._thread.start()
        assert self._ready.wait(LIMIT_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(LIMIT_SECONDS)

    @contextmanager
    def cut(self) -> Iterator[None]:
        """No socket survives the beginning, and new ones lead nowhere until the end."""
        self._do(self._begin_cut())
        try:
            yield
        finally:
            self._do(self._mend())

    def _do(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(LIMIT_SECONDS)

    async def _begin_cut(self) -> None:
        self._is_whole.clear()
        for socket in self._sockets:
            socket.transport.abort()

    async def _mend(self) -> None:
        self._is_whole.set()

    async def _run(self) -> None:
        self._loop, self._end, self._is_whole = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        self._is_whole.set()
        server = await asyncio.start_server(self._lead, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        await self._begin_cut()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):  # at the end
            await self._is_whole.wait()
            self.connections += 1
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to)
            ends = {writer, there_writer}
            self._sockets |= ends
            await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
            self._sockets -= ends


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_LARGEST_READ):
            writer.write(data)
            await writer.drain()
    writer.close()
