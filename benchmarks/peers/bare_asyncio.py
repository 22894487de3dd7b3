"""Bare asyncio: writes the body of a POST as one ready frame to every client; what asyncio itself costs."""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks.peers.serving import listen

UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

clients: list[Any] = []


class Connection(asyncio.Protocol):
    """A client, or a caller whose small requests each come in one piece."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET "):
            self.transport.write(UPGRADED)
            clients.append(self.transport)
        elif data.startswith(b"POST "):
            self.transport.write(ACCEPTED)
            broadcast(data.partition(b"\r\n\r\n")[2])


def broadcast(record: bytes) -> None:
    frame = b"\x81\x7e" + len(record).to_bytes(2, "big") + record
    for transport in clients:
        transport.write(frame)


async def main() -> None:
    listener, address = listen()
    await asyncio.get_running_loop().create_server(Connection, sock=listener, backlog=4096)
    print(f"Now listening on: {address}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
