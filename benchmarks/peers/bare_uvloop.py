"""Bare uvloop: a protocol that takes WebSockets and pings them, and does nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import uvloop

from benchmarks.peers.serving import listen

UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
PING_SECONDS = 15
PING = b"\x81\x0b" + b'{"type":6}\x1e'


class Client(asyncio.Protocol):
    """One connection; its WebSocket key is not hashed, because the load generator does not look."""

    __slots__ = ("is_open", "transport")

    def connection_made(self, transport: Any) -> None:  # uvloop's transports are of no asyncio class
        self.transport = transport
        self.is_open = False

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - the protocol's signature
        if not self.is_open:
            self.is_open = True
            self._write(UPGRADED)
            self._ping_later()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        self.is_open = False

    def _ping_later(self) -> None:
        asyncio.get_running_loop().call_later(PING_SECONDS, self._ping)

    def _ping(self) -> None:
        if self.is_open:
            self._write(PING)
            self._ping_later()

    def _write(self, data: bytes) -> None:
        self.transport.write(data)


async def main() -> None:
    listener, address = listen()
    await asyncio.get_running_loop().create_server(Client, sock=listener, backlog=4096)
    print(f"Now listening on: {address}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
