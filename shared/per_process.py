"""Per process: a value that every process makes for itself, so that a forked one shares no socket and no lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """Makes its value at the first `get` in each process; thread-safe without a lock, which a fork could freeze."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._by_process: dict[int, T] = {}

    def get(self) -> T:
        process = os.getpid()
        found = self._by_process.get(process)
        if found is not None:
            return found
        # Of two threads that get here at once both make one, and both go on with the one that setdefault keeps.
        return self._by_process.setdefault(process, self._make())

    def take(self) -> T | None:
        """Return this process's value and forget it; None where there is none."""
        return self._by_process.pop(os.getpid(), None)
