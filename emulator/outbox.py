"""The outbox: which connections have something to send, and what of it can be written as one.

All that one turn of the event loop produced is joined and written once per connection: a burst of eight messages then
costs about a quarter of eight writes. Connections with the same framing and the same messages share the joined bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from emulator.outgoing import Framing, OutgoingMessage

if TYPE_CHECKING:
    from emulator.connection import Connection

# The bytes of several messages in one framing, by framing and messages.
Joined = dict[tuple[Framing | OutgoingMessage, ...], bytes]


class Outbox:
    """Collects connections with pending messages; `wake` is called once when the first of them comes."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: list[Connection] = []

    def add(self, connection: Connection) -> None:
        if not self._waiting:
            self._wake()
        self._waiting.append(connection)

    def flush(self, now: float) -> None:
        """Write everything that is pending, once per connection."""
        waiting, self._waiting = self._waiting, []
        joined: Joined = {}
        for connection in waiting:
            connection.flush(joined, now)
