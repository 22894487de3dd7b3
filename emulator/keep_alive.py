"""Keep-alive: what the passing of time does to a connection, by the state it is in."""

from __future__ import annotations

from emulator.connection import Connection, State
from emulator.options import Options
from emulator.outgoing import OutgoingMessage
from emulator.protocol.messages import Ping

PING = OutgoingMessage(Ping())
# How long a client with stateful reconnect may be without a socket.
RECONNECT_SECONDS = 30


class KeepAlive:
    """Pings the silent and drops the lost."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._checks = {
            State.NEGOTIATED: self._check_negotiated,
            State.HANDSHAKE: self._check_handshake,
            State.OPEN: self._check_open,
            State.CLOSING: self._check_closing,
        }

    def check(self, connection: Connection, now: float) -> None:
        """To be called for every connection about once a second."""
        if check := self._checks.get(connection.state):
            check(connection, now)

    def _check_negotiated(self, connection: Connection, now: float) -> None:
        if now - connection.last_received > self._options.connect_timeout:
            connection.give_up()

    def _check_handshake(self, connection: Connection, now: float) -> None:
        asked = connection.settings.handshake_timeout
        limit = self._options.handshake_timeout if asked is None else asked
        if now - connection.last_received > limit:
            connection.refuse_handshake("Handshake was canceled.")
        elif connection.transport is not None and connection.transport.is_lost(now):
            connection.give_up("The client stopped polling.")

    def _check_open(self, connection: Connection, now: float) -> None:
        settings = connection.settings
        if settings.expires_at is not None and now >= settings.expires_at:
            connection.close("The access token expired.", allow_reconnect=not settings.is_diagnostic)
        elif connection.unacknowledged_bytes > self._options.most_unsent_bytes:
            connection.close("Too much is waiting to be acknowledged.")
        elif connection.transport is None:
            self._check_detached(connection, now)
        elif connection.transport.is_lost(now):
            connection.give_up("The client stopped polling.")
        elif not connection.transport.has_inherent_keep_alive:
            self._check_silence(connection, now)

    def _check_detached(self, connection: Connection, now: float) -> None:
        if connection.lost_at is not None and now - connection.lost_at > RECONNECT_SECONDS:
            connection.give_up("The client did not come back.")

    def _check_silence(self, connection: Connection, now: float) -> None:
        if now - connection.last_received > self._options.client_timeout:
            connection.close("The client sent nothing within the client timeout.")
            return
        connection.acknowledge()
        if now - connection.last_sent >= self._options.keep_alive_interval:
            connection.send(PING)

    def _check_closing(self, connection: Connection, now: float) -> None:
        """A poll that never comes to fetch the last message: the connection ends without it."""
        if connection.transport is not None and connection.transport.is_lost(now):
            connection.give_up()
