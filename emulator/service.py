"""The service itself, without I/O: its hubs, its connections by token, and what it does with clients' messages."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from emulator.connection import PING, Connection, State
from emulator.hub import Hub
from emulator.options import ClientMessages, Options
from emulator.outbox import Outbox
from emulator.protocol.messages import Close, HubMessage, Invocation, StreamInvocation

logger = logging.getLogger("emulator")

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
        self._hubs: dict[str, Hub] = {}
        self._by_token: dict[str, Connection] = {}
        # The service's ids end in nine characters that name the machine that holds the connection.
        self._suffix = secrets.token_urlsafe(9)[:9]

    def hub(self, name: str) -> Hub:
        """The hub of this name, in any case; it is made when it is first named."""
        key = name.lower()
        hub = self._hubs.get(key)
        if hub is None:
            hub = self._hubs[key] = Hub(key)
        return hub

    def negotiate(self, hub_name: str, user_id: str | None, claims: Mapping[str, Any], *, version: int) -> Connection:
        """Make a connection that waits for its transport. In version 0 its token is its id."""
        connection_id = self._new_id()
        connection = Connection(
            connection_id=connection_id,
            connection_token=self._new_id() if version > 0 else connection_id,
            hub_name=hub_name.lower(),
            user_id=user_id,
            claims=claims,
            outbox=self._outbox,
            events=self,
            now=self.clock(),
        )
        self._by_token[connection.connection_token] = connection
        return connection

    def connection(self, token: str, hub_name: str) -> Connection | None:
        """The connection that a client request names, if it is of this hub."""
        connection = self._by_token.get(token)
        return connection if connection is not None and connection.hub_name == hub_name.lower() else None

    def connection_opened(self, connection: Connection) -> None:
        self.hub(connection.hub_name).join(connection, self.clock())
        logger.info("hub %s: connection %s opened", connection.hub_name, connection.connection_id)

    def connection_closed(self, connection: Connection, error: str | None) -> None:
        self._by_token.pop(connection.connection_token, None)
        self.hub(connection.hub_name).leave(connection)
        logger.info("hub %s: connection %s closed: %s", connection.hub_name, connection.connection_id, error or "-")

    def message_received(self, connection: Connection, message: HubMessage) -> None:
        """What a client says. Upstream, when there is one, takes its place here."""
        if isinstance(message, Close):
            connection.close(allow_reconnect=False)
        elif isinstance(message, Invocation | StreamInvocation):
            self._refuse_invocation(connection, message.target)

    def _refuse_invocation(self, connection: Connection, target: str) -> None:
        logger.warning("hub %s: connection %s invoked %r", connection.hub_name, connection.connection_id, target[:100])
        if self.options.client_messages is ClientMessages.CLOSE:
            connection.close(LISTEN_MODE_TEXT, allow_reconnect=False)

    def tick(self) -> None:
        """Ping the silent, drop the lost; to be called about once a second."""
        now = self.clock()
        for connection in list(self._by_token.values()):
            self._check(connection, now)

    def _check(self, connection: Connection, now: float) -> None:
        options = self.options
        silent = now - connection.last_received
        if connection.state is State.OPEN:
            if silent > options.client_timeout:
                connection.close("The client sent nothing within the client timeout.")
            elif now - connection.last_sent >= options.keep_alive_interval:
                connection.send(PING)
        elif connection.state is State.HANDSHAKE and silent > options.handshake_timeout:
            connection.refuse_handshake("Handshake was canceled.")
        elif connection.state is State.NEGOTIATED and silent > options.connect_timeout:
            connection.close()

    def close_all(self) -> None:
        """Close every client because the service stops; clients with automatic reconnect come back."""
        for connection in list(self._by_token.values()):
            connection.close()

    def _new_id(self) -> str:
        return secrets.token_urlsafe(16) + self._suffix
