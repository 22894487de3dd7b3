"""Stateful reconnect: what a connection needs to go on over a new socket with nothing lost and nothing doubled.

Each side counts its invocations, stream items, completions and cancellations from 1. What the other side has not
acknowledged is kept; after a reconnect the number of the oldest kept message is told first, then all kept are repeated.
Source: SignalR hub protocol, protocol version 2, numbers as the shipped clients have them.
"""

from __future__ import annotations

from collections import deque

from emulator.outgoing import OutgoingMessage
from emulator.protocol.errors import ProtocolError
from emulator.protocol.messages import Ack, Sequence


class Replay:
    """Both directions of one connection."""

    __slots__ = (
        "_acknowledged",
        "_is_resuming",
        "_next_received",
        "_received",
        "_sent",
        "_unacknowledged",
        "kept_bytes",
    )

    def __init__(self) -> None:
        self._sent = 0
        self._unacknowledged: deque[tuple[OutgoingMessage, int]] = deque()
        self.kept_bytes = 0
        self._next_received = 1
        self._received = 0
        self._acknowledged = 0
        self._is_resuming = False

    def sent(self, message: OutgoingMessage, size: int) -> None:
        self._sent += 1
        self._unacknowledged.append((message, size))
        self.kept_bytes += size

    def acknowledge(self, sequence_id: int) -> None:
        """The other side has everything up to this number."""
        while self._unacknowledged and self._sent - len(self._unacknowledged) < sequence_id:
            _, size = self._unacknowledged.popleft()
            self.kept_bytes -= size

    def resume(self) -> list[OutgoingMessage]:
        """What to send first on a new socket; from here the other side's own sequence is awaited."""
        self._is_resuming = True
        oldest = self._sent - len(self._unacknowledged) + 1
        return [OutgoingMessage(Sequence(oldest)), *(message for message, _ in self._unacknowledged)]

    def receive_sequence(self, sequence_id: int) -> None:
        """The number of the message that comes next; raises ProtocolError where some were lost."""
        # Not against the next number: a socket may break before all that it repeats has come again.
        if sequence_id > self._received + 1:
            raise ProtocolError(f"the sequence goes on at {sequence_id}, but {self._received + 1} has not come")
        self._next_received = sequence_id
        self._is_resuming = False

    def is_new(self) -> bool:
        """Count a message that came; whether it has not been seen before."""
        if self._is_resuming:
            return False
        number = self._next_received
        self._next_received += 1
        if number <= self._received:
            return False
        self._received = number
        return True

    def due_acknowledgement(self) -> OutgoingMessage | None:
        """The acknowledgement of what came since the last one."""
        if self._received == self._acknowledged:
            return None
        self._acknowledged = self._received
        return OutgoingMessage(Ack(self._received))
