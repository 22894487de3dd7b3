"""A client's connection: handshake, hub messages, close, stateful reconnect; it does no I/O of its own.

The transport hands it the bytes that came (`receive_data`) and is handed the bytes to write; the service hears of what
happened through `ConnectionEvents`. Times are seconds of whatever clock the caller uses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum
from typing import Protocol

from emulator.client_settings import ClientSettings
from emulator.outbox import Batch, Outbox
from emulator.outgoing import Framing, OutgoingMessage, ReadyRecord
from emulator.protocol import handshake
from emulator.protocol.errors import HandshakeError, ProtocolError
from emulator.protocol.json_protocol import JsonProtocol
from emulator.protocol.messages import COUNTED, Ack, Close, HubMessage, Sequence
from emulator.protocol.registry import HubProtocol, choose
from emulator.protocol.transfer_format import TransferFormat
from emulator.replay import Replay

HANDSHAKE_ACCEPTED = ReadyRecord(handshake.ACCEPTED)
HANDSHAKE_PROTOCOL = JsonProtocol()
STATEFUL_RECONNECT_VERSION = 2
# A message from a client can be as large as a REST body; more is no chat.
LARGEST_MESSAGE_BYTES = 1_048_576
# Told instead of the reason unless the client's token asked for detailed errors.
UNDETAILED_ERROR = "Connection closed with an error."


class State(Enum):
    """Where a connection is in its life; it only ever moves down this list."""

    NEGOTIATED = "negotiated: no transport yet"
    HANDSHAKE = "transport open, handshake awaited"
    OPEN = "handshake done, in the hub; for a while without transport where stateful reconnect is on"
    CLOSING = "out of the hub, last message queued, transport about to be closed"
    CLOSED = "gone"


_ENDING = (State.CLOSING, State.CLOSED)


class Transport(Protocol):
    """What a connection needs of its transport."""

    @property
    def transfer_formats(self) -> Collection[TransferFormat]: ...

    @property
    def has_inherent_keep_alive(self) -> bool:
        """Long polling: the client's next poll says that it lives, so neither side pings."""

    @property
    def can_be_replaced(self) -> bool:
        """WebSockets: a new one can take its place and go on where it ended (stateful reconnect)."""

    def framing(self, protocol: HubProtocol) -> Framing: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None:
        """End the transport once all that was written is on its way."""

    def is_lost(self, now: float) -> bool:
        """Whether the client has gone without a word, where only the passing of time can tell."""


class ConnectionEvents(Protocol):
    """Who hears of what happens to a connection."""

    def connection_opened(self, connection: Connection) -> None: ...

    def message_received(self, connection: Connection, message: HubMessage) -> None: ...

    def connection_left(self, connection: Connection, error: str | None) -> None:
        """It takes no part in its hub any more; its last message may still be on its way."""

    def connection_ended(self, connection: Connection) -> None:
        """Nothing comes or goes any more: its token can be forgotten."""


class Connection:
    """One connection of one client to one hub.

    `connection_id` may be shown to others; `connection_token` is the secret that names it in client requests.
    """

    __slots__ = (
        "_buffer",
        "_events",
        "_framing",
        "_outbox",
        "_protocol",
        "_replay",
        "connection_id",
        "connection_token",
        "groups",
        "hub_name",
        "last_received",
        "last_sent",
        "lost_at",
        "may_reconnect",
        "settings",
        "state",
        "transport",
        "transport_name",
        "user_id",
    )

    def __init__(
        self,
        *,
        connection_id: str,
        connection_token: str,
        hub_name: str,
        user_id: str | None,
        settings: ClientSettings,
        outbox: Outbox,
        events: ConnectionEvents,
        now: float,
        may_reconnect: bool = False,
    ) -> None:
        self.connection_id = connection_id
        self.connection_token = connection_token
        self.hub_name = hub_name
        self.user_id = user_id
        self.settings = settings
        self.may_reconnect = may_reconnect
        # Each group with its number in the order in which the hub's connections joined groups.
        self.groups: dict[str, int] = {}
        self.state = State.NEGOTIATED
        # The name stays when the transport is lost: a connection keeps the kind that it began with.
        self.transport: Transport | None = None
        self.transport_name: str | None = None
        self.last_received = self.last_sent = now
        self.lost_at: float | None = None
        self._outbox = outbox
        self._events = events
        self._buffer = bytearray()
        self._protocol: HubProtocol = HANDSHAKE_PROTOCOL
        self._framing: Framing | None = None
        self._replay: Replay | None = None

    @property
    def protocol_name(self) -> str:
        """The hub protocol that its handshake chose."""
        return self._protocol.name

    @property
    def can_resume(self) -> bool:
        """Whether a new socket may take the place of the one that carried it."""
        return self.state is State.OPEN and self._replay is not None

    def attach(self, transport: Transport, now: float) -> None:
        """Give the connection its transport; the client's handshake is awaited, or what was interrupted goes on."""
        if self.state in _ENDING:  # while the transport was being opened
            transport.close()
            return
        if self._replay is not None:
            self._detach(now)
        self.last_received = self.last_sent = now
        self.transport = transport
        self._framing = framing = transport.framing(self._protocol)
        if self.state is State.NEGOTIATED:
            self.state = State.HANDSHAKE
            self.receive_data(b"", now)  # what was posted before the first poll
        elif self._replay is not None:
            transport.write(Batch(self._replay.resume())[framing])

    def _detach(self, now: float) -> None:
        """Leave the old socket; what waits to be written is kept with all else for the new one."""
        previous, self.transport = self.transport, None
        if previous is not None:
            previous.close()
        self.lost_at = None
        self._buffer.clear()  # a record that the old socket cut off is repeated whole
        self._outbox.flush(now)

    def receive_data(self, data: bytes | bytearray | memoryview, now: float) -> None:
        """Take bytes that came from the client, in pieces of any size."""
        if self.state in _ENDING:
            return
        self._buffer += data
        if self.state is State.NEGOTIATED and len(self._buffer) > LARGEST_MESSAGE_BYTES:
            self.give_up("The client posted too much before its first poll.")
        if self.state is State.HANDSHAKE:
            self._receive_handshake()
        if self.state is State.OPEN:  # not before: bytes that trickle in do not put the handshake's deadline off
            self.last_received = now
            self._receive_messages()

    def _receive_handshake(self) -> None:
        assert self.transport is not None
        try:
            request = handshake.take(self._buffer)
            if request is None:
                return
            self._protocol = choose(request, self.transport.transfer_formats)
        except HandshakeError as error:
            self.refuse_handshake(str(error))
            return
        self._framing = self.transport.framing(self._protocol)
        if self.may_reconnect and self.transport.can_be_replaced and request.version >= STATEFUL_RECONNECT_VERSION:
            self._replay = Replay()
        self.state = State.OPEN
        self.send(HANDSHAKE_ACCEPTED)
        self._events.connection_opened(self)

    def _receive_messages(self) -> None:
        try:
            for message in self._protocol.decode(self._buffer):
                if self._replay is None or self._is_new(self._replay, message):
                    self._events.message_received(self, message)
                if self.state is not State.OPEN:
                    return
            if len(self._buffer) > LARGEST_MESSAGE_BYTES:
                raise ProtocolError(f"a message has more than {LARGEST_MESSAGE_BYTES} bytes")
        except ProtocolError as error:
            self.close(f"{UNDETAILED_ERROR} {error}" if self.settings.detailed_errors else UNDETAILED_ERROR)

    def _is_new(self, replay: Replay, message: HubMessage) -> bool:
        """Keep the books of stateful reconnect; whether the message is for anyone else."""
        if isinstance(message, COUNTED):
            return replay.is_new()
        if isinstance(message, Ack):
            replay.acknowledge(message.sequence_id)
        elif isinstance(message, Sequence):
            replay.receive_sequence(message.sequence_id)
        return True

    @property
    def unacknowledged_bytes(self) -> int:
        """What is kept in case the client comes back on a new socket."""
        return 0 if self._replay is None else self._replay.kept_bytes

    def acknowledge(self) -> None:
        """Tell the client what has come; to be called now and then."""
        if self._replay is not None and (message := self._replay.due_acknowledgement()):
            self.send(message)

    def send(self, message: OutgoingMessage) -> None:
        """Queue a message; it is written with all others of this turn of the event loop."""
        self._outbox.add(message, [self])

    def write(self, batch: Batch, now: float) -> None:
        """Write messages; without a transport, those that count are kept for the next one."""
        transport, framing = self.transport, self._framing
        if self._replay is not None:
            self._count(self._replay, batch.messages)
        if transport is None or framing is None:
            return
        if data := batch[framing]:  # a message may hold nothing for this hub protocol
            self.last_sent = now
            transport.write(data)
        if self.state is State.CLOSING:
            transport.close()

    def _count(self, replay: Replay, messages: Iterable[OutgoingMessage]) -> None:
        assert self._framing is not None
        for message in messages:
            if message.is_counted and (frame := message.frame(self._framing)):
                replay.sent(message, len(frame))

    def close(self, error: str | None = None, *, allow_reconnect: bool = True) -> None:
        """Tell an open client that its connection ends, then drop the transport; before the handshake only drop it."""
        if self.state in _ENDING:
            return
        if self.state is State.OPEN:
            self.send(OutgoingMessage(Close(error, allow_reconnect)))
        elif self.transport is not None:
            self.transport.close()
        self._leave(error)

    def close_with_reason(self, reason: str | None) -> None:
        """Close on an operator's wish; the reason is shown where the client's token asked for details."""
        shown = reason if not reason or self.settings.detailed_errors else UNDETAILED_ERROR
        self.close(shown or None)

    def refuse_handshake(self, text: str) -> None:
        self.send(ReadyRecord(handshake.refusal(text)))
        self._leave(text)

    def _leave(self, error: str | None) -> None:
        self.state = State.CLOSING
        self._events.connection_left(self, error)
        if self.transport is None:
            self._end()

    def transport_lost(self, transport: Transport, now: float, error: str | None = None, *, clean: bool) -> None:
        """The transport ended: by either side's wish (`clean`) or by accident, after which a client may come back."""
        if self.transport is not transport:
            return  # another took its place already
        self.transport = None
        if self.can_resume and not clean:
            self.lost_at = now
            return
        self.give_up(error)

    def give_up(self, error: str | None = None) -> None:
        """The client is gone and is not waited for any more."""
        if self.state is State.CLOSED:
            return
        if self.state is not State.CLOSING:
            self.state = State.CLOSING
            self._events.connection_left(self, error)
        self._end()

    def _end(self) -> None:
        self.state = State.CLOSED
        if self.transport is not None:
            self.transport.close()
            self.transport = None
        self._events.connection_ended(self)
