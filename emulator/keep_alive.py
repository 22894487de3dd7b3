"""Keep-alive: what the passing of time does to a connection, by the state it is in."""

from __future__ import annotations

import logging
import math
from collections import defaultdict

from emulator.connection import Connection, State
from emulator.options import Options
from emulator.outbox import Outbox
from emulator.outgoing import OutgoingMessage
from emulator.protocol.messages import Ping

logger = logging.getLogger("emulator")

PING = OutgoingMessage(Ping())
# How long a client with stateful reconnect may be without a socket.
RECONNECT_SECONDS = 30
LONGEST_TICK_SECONDS = 1.0
# A connection that is gone is remembered so long at the most.
LONGEST_LOOK_AWAY_SECONDS = 60


def tick_seconds(options: Options) -> float:
    """How often the time that passed is looked at."""
    return min(LONGEST_TICK_SECONDS, options.keep_alive_interval / 2)


class KeepAlive:
    """Pings the silent and drops the lost.

    Each connection is looked at in the tick in which something may be due: an open one about once in a keep-alive
    interval, any other at every tick. Times are seconds of the service's clock.
    """

    def __init__(self, options: Options, outbox: Outbox) -> None:
        self._options = options
        self._outbox = outbox
        self._tick_seconds = tick_seconds(options)
        # By the number of the tick. A heap of 20,000 connections would cost as much as their pings.
        self._agenda: defaultdict[int, list[Connection]] = defaultdict(list)
        self._now = 0.0
        self._silent: list[Connection] = []
        self._checks = {
            State.NEGOTIATED: self._check_negotiated,
            State.HANDSHAKE: self._check_handshake,
            State.CLOSING: self._check_closing,
        }

    def watch(self, connection: Connection, due: float) -> None:
        """Look at a connection in the first tick after this time, and again and again until it is gone."""
        self._agenda[math.ceil(due / self._tick_seconds)].append(connection)

    def tick(self, now: float) -> None:
        """Look at every connection for which something may be due; to be called every `tick_seconds`."""
        is_set_back, self._now = now < self._now, now  # then all that is noted for later may be due
        due_ticks = sorted(tick for tick in self._agenda if is_set_back or tick * self._tick_seconds <= now)
        for connection in [connection for tick in due_ticks for connection in self._agenda.pop(tick)]:
            due = now
            try:
                due = self._check(connection, now)
            except Exception:  # one connection's trouble must not end the keep-alive of all the others
                logger.exception("the keep-alive of connection %s failed", connection.connection_id)
            if connection.state is not State.CLOSED:
                self.watch(connection, due)
        if self._silent:
            self._outbox.add(PING, self._silent)
            self._silent = []

    def _check(self, connection: Connection, now: float) -> float:
        """What is due now; when to look again."""
        if connection.state is State.OPEN:
            return self._check_open(connection, now)
        if check := self._checks.get(connection.state):
            check(connection, now)
        return now

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

    def _check_open(self, connection: Connection, now: float) -> float:
        settings, transport = connection.settings, connection.transport
        if settings.expires_at is not None and now >= settings.expires_at:
            connection.close("The access token expired.", allow_reconnect=not settings.is_diagnostic)
        elif connection.unacknowledged_bytes > self._options.most_unsent_bytes:
            connection.close("Too much is waiting to be acknowledged.")
        elif transport is None:
            self._check_detached(connection, now)
        elif transport.is_lost(now):
            connection.give_up("The client stopped polling.")
        elif not transport.has_inherent_keep_alive:
            return self._check_silence(connection, now)
        return now

    def _check_detached(self, connection: Connection, now: float) -> None:
        if connection.lost_at is not None and now - connection.lost_at > RECONNECT_SECONDS:
            connection.give_up("The client did not come back.")

    def _check_silence(self, connection: Connection, now: float) -> float:
        if now - connection.last_received > self._options.client_timeout:
            connection.close("The client sent nothing within the client timeout.")
            return now
        last_sent = connection.last_sent
        if not 0 <= now - last_sent < self._options.keep_alive_interval:  # below 0: the clock was set back
            self._silent.append(connection)
            last_sent = now
        if connection.can_resume:
            connection.acknowledge()
            return now
        expires_at = connection.settings.expires_at
        return min(
            last_sent + self._options.keep_alive_interval,
            connection.last_received + self._options.client_timeout,
            now + LONGEST_LOOK_AWAY_SECONDS,
            math.inf if expires_at is None else expires_at,
        )

    def _check_closing(self, connection: Connection, now: float) -> None:
        """A poll that never comes to fetch the last message: the connection ends without it."""
        if connection.transport is not None and connection.transport.is_lost(now):
            connection.give_up()
