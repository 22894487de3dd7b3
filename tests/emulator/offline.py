"""The real service without I/O: its clock, its transports and the turns of its event loop are in the test's hands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from emulator.connection import Connection
from emulator.hub import Hub
from emulator.options import Options
from emulator.outbox import Outbox
from emulator.outgoing import Framing, OutgoingMessage
from emulator.protocol.messages import Invocation
from emulator.protocol.registry import HubProtocol
from emulator.protocol.transfer_format import TransferFormat
from emulator.service import Service
from emulator.tokens import Claims

HANDSHAKE = b'{"protocol":"json","version":1}\x1e'
HANDSHAKE_2 = b'{"protocol":"json","version":2}\x1e'
START = 1_700_000_000.0


class Clock:
    """Seconds since the epoch, moved by the test alone."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def unframed(record: bytes) -> bytes:
    return record


class MemoryTransport:
    """A transport that keeps what is written to it; `framings` are shared by all transports of one service."""

    transfer_formats = (TransferFormat.TEXT, TransferFormat.BINARY)
    has_inherent_keep_alive = False
    can_be_replaced = True

    def __init__(self, framings: dict[HubProtocol, Framing], envelope: Callable[[bytes], bytes] = unframed) -> None:
        self._framings = framings
        self._envelope = envelope
        self.writes: list[bytes] = []
        self.is_closed = False
        self.has_gone = False

    def framing(self, protocol: HubProtocol) -> Framing:
        for known, framing in self._framings.items():
            if known.name == protocol.name:
                return framing
        return self._framings.setdefault(protocol, Framing(protocol, self._envelope))

    def write(self, data: bytes) -> None:
        assert not self.is_closed, "nothing may be written to a closed transport"
        self.writes.append(data)

    def close(self) -> None:
        self.is_closed = True

    def is_lost(self, now: float) -> bool:  # noqa: ARG002 - the test says it
        return self.has_gone

    def take(self) -> list[Any]:
        """The records written since the last call, as Python values."""
        written, self.writes = b"".join(self.writes), []
        return [json.loads(record) for record in written.split(b"\x1e")[:-1]]


class OfflineClient:
    """A connection and the far end of its transport."""

    def __init__(self, connection: Connection, transport: MemoryTransport) -> None:
        self.connection = connection
        self.transport = transport

    @property
    def connection_id(self) -> str:
        return self.connection.connection_id


class OfflineService:
    """`service` with a clock that stands still; `flush` is the end of a turn of the event loop."""

    def __init__(self, options: Options | None = None) -> None:
        self.clock = Clock()
        self.wakes = 0
        self.outbox = Outbox(self._wake)
        self.service = Service(options or Options(), self.outbox, self.clock)
        self._framings: dict[HubProtocol, Framing] = {}

    def _wake(self) -> None:
        self.wakes += 1

    @property
    def hub(self) -> Hub:
        return self.service.hub("chat")

    def transport(self) -> MemoryTransport:
        return MemoryTransport(self._framings)

    def attached(
        self,
        user_id: str | None = None,
        hub: str = "chat",
        claims: Claims | None = None,
        *,
        may_reconnect: bool = False,
    ) -> OfflineClient:
        """A client whose transport is open and whose handshake is awaited."""
        connection = self.service.negotiate(hub, user_id, claims or {}, may_reconnect=may_reconnect)
        transport = self.transport()
        connection.attach(transport, self.clock())
        return OfflineClient(connection, transport)

    def opened_with_reconnect(self, user_id: str | None = None) -> OfflineClient:
        """A client in the hub with stateful reconnect."""
        client = self.attached(user_id, may_reconnect=True)
        self.receive(client, HANDSHAKE_2)
        assert client.transport.take() == [{}]
        return client

    def lose(self, client: OfflineClient, *, clean: bool = False) -> None:
        client.connection.transport_lost(client.transport, self.clock(), clean=clean)

    def reattach(self, client: OfflineClient) -> None:
        """Give the client a new transport, as a new socket with the same id does."""
        client.transport = self.transport()
        client.connection.attach(client.transport, self.clock())
        self.flush()

    def tick(self, seconds: float) -> None:
        """Let so much time pass, and whatever happens then."""
        self.clock.advance(seconds)
        self.service.tick()
        self.flush()

    def opened(self, user_id: str | None = None, hub: str = "chat", claims: Claims | None = None) -> OfflineClient:
        """A client that is in the hub, and has read its handshake's answer."""
        client = self.attached(user_id, hub, claims)
        self.receive(client, HANDSHAKE)
        assert client.transport.take() == [{}]
        return client

    def receive(self, client: OfflineClient, data: bytes) -> None:
        """Let the service take bytes of a client, and write what it has to say to them."""
        client.connection.receive_data(data, self.clock())
        self.flush()

    def flush(self) -> None:
        self.outbox.flush(self.clock())


def invocation(target: str = "newMessage", *arguments: object) -> OutgoingMessage:
    return OutgoingMessage(Invocation(target, list(arguments)))
