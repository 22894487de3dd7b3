"""A client's connection: handshake, hub messages, keep-alive, close; it does no I/O of its own.

The transport hands it the bytes that came (`receive_data`) and is handed the bytes to write; the hub hears of what
happened through `ConnectionEvents`. Times are seconds of whatever clock the caller uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Protocol

from emulator.outbox import Outbox
from emulator.outgoing import Framing, OutgoingMessage, ReadyRecord
from emulator.protocol import handshake
from emulator.protocol.errors import HandshakeError, ProtocolError
from emulator.protocol.json_protocol import JsonProtocol
from emulator.protocol.messages import Close, HubMessage, Ping
from emulator.protocol.registry import HubProtocol, choose

PING = OutgoingMessage(Ping())
HANDSHAKE_ACCEPTED = ReadyRecord(handshake.ACCEPTED)
# A message from a client can be as large as a REST body; more is no chat.
LARGEST_MESSAGE_BYTES = 1_048_576
# Told instead of the reason unless the client's token asked for detailed errors.
UNDETAILED_ERROR = "Connection closed with an error."


class State(Enum):
    """Where a connection is in its life; it only ever moves down this list."""

    NEGOTIATED = "negotiated: no transport yet"
    HANDSHAKE = "transport open, handshake awaited"
    OPEN = "handshake done, in the hub"
    CLOSING = "last message queued, transport about to be closed"
    CLOSED = "gone"


class Transport(Protocol):
    """What a connection needs of its transport."""

    def framing(self, protocol: HubProtocol) -> Framing: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class ConnectionEvents(Protocol):
    """Who hears of what happens to a connection."""

    def connection_opened(self, connection: Connection) -> None: ...

    def message_received(self, connection: Connection, message: HubMessage) -> None: ...

    def connection_closed(self, connection: Connection, error: str | None) -> None: ...


class Connection:
    """One connection of one client to one hub.

    `connection_id` may be shown to others; `connection_token` is the secret that names it in client requests.
    """

    __slots__ = (
        "_buffer",
        "_events",
        "_framing",
        "_outbox",
        "_pending",
        "_protocol",
        "_transport",
        "claims",
        "connection_id",
        "connection_token",
        "groups",
        "hub_name",
        "last_received",
        "last_sent",
        "state",
        "user_id",
    )

    def __init__(
        self,
        *,
        connection_id: str,
        connection_token: str,
        hub_name: str,
        user_id: str | None,
        claims: Mapping[str, Any],
        outbox: Outbox,
        events: ConnectionEvents,
        now: float,
    ) -> None:
        self.connection_id = connection_id
        self.connection_token = connection_token
        self.hub_name = hub_name
        self.user_id = user_id
        self.claims = claims
        self.groups: set[str] = set()
        self.state = State.NEGOTIATED
        self.last_received = self.last_sent = now
        self._outbox = outbox
        self._events = events
        self._pending: list[OutgoingMessage] = []
        self._buffer = bytearray()
        self._protocol: HubProtocol | None = None
        self._transport: Transport | None = None
        self._framing: Framing | None = None

    @property
    def detailed_errors(self) -> bool:
        """Whether the client's token asked to be told reasons (claim `asrs.s.derror`)."""
        return str(self.claims.get("asrs.s.derror", "")).lower() == "true"

    def attach(self, transport: Transport, now: float) -> None:
        """Give the connection its transport; the client's handshake is awaited from now on."""
        self._transport = transport
        # The handshake is answered before a protocol is chosen; its answer is JSON text on any transport.
        self._framing = transport.framing(JsonProtocol())
        self.state = State.HANDSHAKE
        self.last_received = self.last_sent = now

    def receive_data(self, data: bytes, now: float) -> None:
        """Take bytes that came from the client, in pieces of any size."""
        self._buffer += data
        if self.state is State.HANDSHAKE:
            self._receive_handshake()
        if self.state is State.OPEN:  # not before: bytes that trickle in do not put the handshake's deadline off
            self.last_received = now
            self._receive_messages()

    def _receive_handshake(self) -> None:
        try:
            request = handshake.take(self._buffer)
            if request is None:
                return
            self._protocol = choose(request)
        except HandshakeError as error:
            self.refuse_handshake(str(error))
            return
        assert self._transport is not None
        self._framing = self._transport.framing(self._protocol)
        self.state = State.OPEN
        self.send(HANDSHAKE_ACCEPTED)
        self._events.connection_opened(self)

    def _receive_messages(self) -> None:
        assert self._protocol is not None
        try:
            for message in self._protocol.decode(self._buffer):
                self._events.message_received(self, message)
                if self.state is not State.OPEN:
                    return
            if len(self._buffer) > LARGEST_MESSAGE_BYTES:
                raise ProtocolError(f"a message has more than {LARGEST_MESSAGE_BYTES} bytes")
        except ProtocolError as error:
            self.close(f"{UNDETAILED_ERROR} {error}" if self.detailed_errors else UNDETAILED_ERROR)

    def send(self, message: OutgoingMessage) -> None:
        """Queue a message; it is written with all others of this turn of the event loop."""
        if not self._pending:
            self._outbox.add(self)
        self._pending.append(message)

    def flush(self, joined: dict[tuple[Framing | OutgoingMessage, ...], bytes], now: float) -> None:
        """Write what is pending; `joined` holds what other connections with the same messages already made."""
        pending, self._pending = self._pending, []
        if self._transport is None or self._framing is None:
            return
        if len(pending) == 1:
            data = pending[0].frame(self._framing)
        else:
            key: tuple[Framing | OutgoingMessage, ...] = (self._framing, *pending)
            data = joined.get(key, b"")
            if not data:
                data = joined[key] = b"".join([message.frame(self._framing) for message in pending])
        self.last_sent = now
        self._transport.write(data)
        if self.state is State.CLOSING:
            self._transport.close()

    def close(self, error: str | None = None, *, allow_reconnect: bool = True) -> None:
        """Tell an open client that its connection ends, then drop the transport; before the handshake only drop it."""
        if self.state in (State.CLOSING, State.CLOSED):
            return
        if self.state is State.OPEN:
            self.send(OutgoingMessage(Close(error, allow_reconnect)))
        self._leave(error)

    def close_with_reason(self, reason: str | None) -> None:
        """Close on an operator's wish; the reason is shown where the client's token asked for details."""
        shown = reason if not reason or self.detailed_errors else UNDETAILED_ERROR
        self.close(shown or None)

    def refuse_handshake(self, text: str) -> None:
        self.send(ReadyRecord(handshake.refusal(text)))
        self._leave(text)

    def _leave(self, error: str | None) -> None:
        self.state = State.CLOSING
        if not self._pending and self._transport is not None:
            self._transport.close()
        self._events.connection_closed(self, error)

    def transport_lost(self, error: str | None = None) -> None:
        """The transport ended, by the client's wish or by accident."""
        told = self.state in (State.CLOSING, State.CLOSED)
        self.state = State.CLOSED
        self._transport = None
        if not told:
            self._events.connection_closed(self, error)
