"""The service itself, without I/O: its hubs, its connections by token, and what it does with clients' messages."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from emulator.client_results import ClientResults
from emulator.client_settings import ClientSettings
from emulator.connection import HANDSHAKE_PROTOCOL, Connection, State
from emulator.hub import Hub
from emulator.keep_alive import KeepAlive
from emulator.options import ClientMessages, Options
from emulator.outbox import Outbox
from emulator.outgoing import OutgoingMessage
from emulator.protocol.messages import Close, Completion, HubMessage, Invocation, StreamInvocation
from emulator.quota import CONNECTIONS_TEXT, MESSAGES_TEXT, Quota

logger = logging.getLogger("emulator")

# How often what nobody needs any more is looked for: hubs that were only named, memberships that expired.
SWEEP_SECONDS = 60
LISTEN_MODE_TEXT = (
    "In serverless mode clients only listen: the service takes no invocations from clients unless an upstream is "
    "configured. Send through the REST API instead."
)


class Service:
    """Every hub and every connection of one emulator. `clock` gives seconds since the epoch."""

    def __init__(self, options: Options, outbox: Outbox, clock: Callable[[], float]) -> None:
        self.options = options
        self.clock = clock
        self._outbox = outbox
        self._keep_alive = KeepAlive(options, outbox)
        self._hubs: dict[str, Hub] = {}
        self._by_token: dict[str, Connection] = {}
        self.client_results = ClientResults()
        self._quota = Quota(options.tier, clock)
        self._last_sweep = clock()
        # The service's ids end in nine characters that name the machine that holds the connection.
        self._suffix = secrets.token_urlsafe(9)[:9]

    def hub(self, name: str) -> Hub:
        """The hub of this name, in any case; it is made when it is first named."""
        key = name.lower()
        hub = self._hubs.get(key)
        if hub is None:
            hub = self._hubs[key] = Hub(key, self._outbox, self._count_sent if self.options.tier else None)
        return hub

    def negotiate(
        self,
        hub_name: str,
        user_id: str | None,
        claims: Mapping[str, Any],
        *,
        version: int = 1,
        may_reconnect: bool = False,
    ) -> Connection:
        """Make a connection that waits for its transport. In version 0 its token is its id."""
        now = self.clock()
        connection_id = self._new_id()
        connection = Connection(
            connection_id=connection_id,
            connection_token=self._new_id() if version > 0 else connection_id,
            hub_name=hub_name.lower(),
            user_id=user_id,
            settings=ClientSettings.from_claims(claims),
            outbox=self._outbox,
            events=self,
            now=now,
            may_reconnect=may_reconnect,
        )
        self._by_token[connection.connection_token] = connection
        self._keep_alive.watch(connection, now)
        return connection

    def connection(self, token: str, hub_name: str) -> Connection | None:
        """The connection that a client request names, if it is of this hub."""
        connection = self._by_token.get(token)
        return connection if connection is not None and connection.hub_name == hub_name.lower() else None

    @property
    def open_connections(self) -> int:
        return sum(len(hub.connections) for hub in self._hubs.values())

    def refusal(self) -> str | None:
        """Why no further connection is taken now, if so."""
        if len(self._by_token) - self.open_connections >= self.options.most_negotiated:
            return "Too many connections have been negotiated and not opened."
        return self.quota_refusal()

    def quota_refusal(self) -> str | None:
        """Why a connection that was negotiated may not open now, if so."""
        return None if self._quota.admits(self.open_connections) else CONNECTIONS_TEXT

    def state(self) -> dict[str, Any]:
        """Counts for tests and tools."""
        return {
            "connections": self.open_connections,
            "messagesToday": self._quota.messages_today,
            "hubs": {hub.name: hub.counts() for hub in self._hubs.values()},
        }

    def _count_sent(self, message: OutgoingMessage, receivers: int) -> None:
        # Counted as JSON: how the service counts a message that goes out in two hub protocols is not published.
        self._quota.count(len(message.record(HANDSHAKE_PROTOCOL)), receivers)

    def reset(self) -> None:
        """Begin anew: close every connection, forget groups and counts; clients with automatic reconnect come back."""
        self.close_all()
        self._hubs.clear()
        self._quota = Quota(self.options.tier, self.clock)

    def connection_opened(self, connection: Connection) -> None:
        if reason := self.quota_refusal():  # others opened since it was let in
            connection.close(reason, allow_reconnect=False)
            return
        self.hub(connection.hub_name).join(connection, self.clock())
        _log(logging.INFO, connection, "opened")

    def connection_left(self, connection: Connection, error: str | None) -> None:
        self.client_results.connection_left(connection.connection_id)
        hub = self._hubs.get(connection.hub_name)
        if hub is not None and hub.leave(connection):
            _log(logging.INFO, connection, "closed", error=error)

    def connection_ended(self, connection: Connection) -> None:
        self._by_token.pop(connection.connection_token, None)

    def message_received(self, connection: Connection, message: HubMessage) -> None:
        """What a client says. Upstream, when there is one, takes its place here."""
        if isinstance(message, Close):
            connection.close(allow_reconnect=False)
        elif isinstance(message, Completion):
            self.client_results.completed(connection.connection_id, message)
        elif isinstance(message, Invocation | StreamInvocation):
            self._refuse_invocation(connection, message.target)

    def _refuse_invocation(self, connection: Connection, target: str) -> None:
        _log(logging.WARNING, connection, "invoked", target=target[:100])
        if self.options.client_messages is ClientMessages.CLOSE:
            connection.close(LISTEN_MODE_TEXT, allow_reconnect=False)

    def tick(self) -> None:
        """Let time pass for every connection; to be called about once a second."""
        now = self.clock()
        if self._quota.is_exhausted:
            self._close_for_quota()
        self._keep_alive.tick(now)
        if now - self._last_sweep >= SWEEP_SECONDS:
            self._sweep(now)

    def _sweep(self, now: float) -> None:
        self._last_sweep = now
        for hub in list(self._hubs.values()):
            hub.forget_expired(now)
            if hub.is_empty:
                del self._hubs[hub.name]

    def _close_for_quota(self) -> None:
        for connection in list(self._by_token.values()):
            if connection.state is State.OPEN:
                connection.close(MESSAGES_TEXT, allow_reconnect=False)

    def close_all(self) -> None:
        """Close every client because the service stops; clients with automatic reconnect come back."""
        for connection in list(self._by_token.values()):
            if connection.state is not State.NEGOTIATED:
                connection.close()

    @property
    def has_sockets(self) -> bool:
        """Whether a client holds a socket that would break if the service stopped now; a poll's is its request's."""
        transports = (connection.transport for connection in self._by_token.values())
        return any(transport is not None and not transport.has_inherent_keep_alive for transport in transports)

    def _new_id(self) -> str:
        return secrets.token_urlsafe(16) + self._suffix


def _log(level: int, connection: Connection, event: str, **details: str | None) -> None:
    """One line for people, the same as fields for programs."""
    said = "".join(f", {name} {value!r}" for name, value in details.items() if value is not None)
    names = {"event": event, "hub": connection.hub_name, "connectionId": connection.connection_id}
    message = "hub %s: connection %s %s%s"
    arguments = (connection.hub_name, connection.connection_id, event, said)
    logger.log(level, message, *arguments, extra={"fields": {**names, **details}})
