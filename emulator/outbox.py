"""The outbox: which messages wait for which connections, and what of them can be written as one.

All that one turn of the event loop produced is joined and written once per connection: a burst of eight messages then
costs less than a quarter of eight writes. A message to ten thousand connections waits as one entry, not as so many.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from emulator.outgoing import Framing, OutgoingMessage

if TYPE_CHECKING:
    from emulator.connection import Connection

logger = logging.getLogger("emulator")


class Batch(dict[Framing, bytes]):
    """Messages that go out together: their bytes in each framing, joined when the first connection asks."""

    __slots__ = ("messages",)

    def __init__(self, messages: Iterable[OutgoingMessage]) -> None:
        self.messages = messages

    def __missing__(self, framing: Framing) -> bytes:
        data = self[framing] = b"".join([message.frame(framing) for message in self.messages])
        return data


class _Waiting(NamedTuple):
    """Messages, in order, for each of these connections."""

    messages: list[OutgoingMessage]
    connections: list[Connection]


class Outbox:
    """Collects messages; `wake` is called once when the first of them comes."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: list[_Waiting] = []

    def add(self, message: OutgoingMessage, connections: list[Connection]) -> None:
        """Queue a message for these connections; the list is kept, so nobody may change it any more."""
        if not self._waiting:
            self._wake()
        elif self._waiting[-1].connections == connections:
            self._waiting[-1].messages.append(message)
            return
        self._waiting.append(_Waiting([message], connections))

    def flush(self, now: float) -> None:
        """Write everything that is pending, once per connection."""
        waiting, self._waiting = self._waiting, []
        for messages, connections in waiting if len(waiting) < 2 else _once_each(waiting):
            batch = Batch(messages)
            for connection in connections:
                try:
                    connection.write(batch, now)
                except Exception:  # one connection's trouble must not cost the others their messages
                    logger.exception("a message to connection %s failed", connection.connection_id)


def _once_each(waiting: Iterable[_Waiting]) -> Iterable[tuple[Iterable[OutgoingMessage], Iterable[Connection]]]:
    """The same messages for the same connections, no connection twice; those with the same messages together."""
    messages_of: dict[Connection, list[OutgoingMessage]] = {}
    for messages, connections in waiting:
        for connection in connections:
            messages_of.setdefault(connection, []).extend(messages)
    alike: dict[tuple[OutgoingMessage, ...], list[Connection]] = {}
    for connection, own in messages_of.items():
        alike.setdefault(tuple(own), []).append(connection)
    return alike.items()
