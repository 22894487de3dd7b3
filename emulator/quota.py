"""Quotas: what a tier still allows; messages are counted as the service bills them.

Only what goes out to clients counts, in pieces of 2 KB and once per receiver; pings and handshakes are free. The count
begins anew at 00:00 UTC. Source: the service's published limits.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.tiers import Tier

PIECE_BYTES = 2048
DAY_SECONDS = 86_400
CONNECTIONS_TEXT = "Connection count reaches limit."
MESSAGES_TEXT = "Message count reaches limit."


class Quota:
    """The messages of today and what is left of them; without a tier it counts and never refuses."""

    def __init__(self, tier: Tier | None, clock: Callable[[], float]) -> None:
        self._tier = tier
        self._clock = clock
        self._day = self._today()
        self._messages = 0

    def _today(self) -> int:
        return int(self._clock() // DAY_SECONDS)

    @property
    def messages_today(self) -> int:
        if self._day != self._today():
            self._day, self._messages = self._today(), 0
        return self._messages

    def count(self, size: int, receivers: int) -> None:
        """Count a message of so many bytes to so many clients."""
        self._messages = self.messages_today + receivers * max(1, -(-size // PIECE_BYTES))

    def admits(self, connections: int) -> bool:
        """Whether one more connection may come where there are so many."""
        return self._tier is None or connections < self._tier.connections

    @property
    def is_exhausted(self) -> bool:
        """Whether today's messages are used up on a tier that then sends no more."""
        return self._tier is not None and self._tier.is_hard and self.messages_today >= self._tier.messages_per_day
