"""The plan of a run: how much to measure, and how to tell that it goes on."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

T = TypeVar("T")


class Extent(Enum):
    """How much is measured: everything, a short look, or just enough to see that it works."""

    WHOLE = "whole"
    QUICK = "quick"
    SMOKE = "smoke"


@dataclass(frozen=True)
class Plan:
    """What a benchmark is told: its extent, and where progress goes."""

    extent: Extent
    started: float = field(default_factory=time.monotonic)

    def choose(self, whole: T, quick: T, smoke: T) -> T:
        return {Extent.WHOLE: whole, Extent.QUICK: quick, Extent.SMOKE: smoke}[self.extent]

    @property
    def rounds(self) -> int:
        return self.choose(5, 3, 1)

    def progress(self, text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        print(f"[{minutes:2}:{seconds:02}] {text}", file=sys.stderr, flush=True)
