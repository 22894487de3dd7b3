"""Capacity: what an app and its service carry, from measured costs and the service's published quotas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Published quotas of the tiers Standard and Premium_P1, which both end at 100 units; Premium_P2 goes to 1,000.
CONNECTIONS_PER_UNIT = 1_000
INCLUDED_MESSAGES_PER_UNIT_AND_DAY = 1_000_000
UNITS_PER_ENDPOINT = 100
MESSAGE_BYTES = 2_048
SIZES = (1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True)
class Instance:
    """One core of one function instance: CPU seconds of a call of the function, and of one REST call."""

    negotiate: float
    send: float

    @classmethod
    def of_results(cls, rows: Sequence[Mapping[str, Any]]) -> Instance | None:
        """As measured; None where the results hold only other benchmarks."""
        measured = {row["metric"]: row["ours"] / 1e6 for row in rows if row["unit"] == "µs"}
        function, send = measured.get("CPU per call of the function"), measured.get("CPU per send, 256 B, 1 thread")
        return None if function is None or send is None else cls(function, send)

    @property
    def broadcast(self) -> float:
        """A call of the broadcast function: what a call costs by itself, and the REST call that it makes."""
        return self.negotiate + self.send


def text(instance: Instance) -> str:
    lines = [
        (
            f"One core of one instance: **{_whole(1 / instance.negotiate)}** negotiates a second "
            f"({instance.negotiate * 1e6:.0f} µs of CPU each), or **{_whole(1 / instance.broadcast)}** calls a second "
            f"that send one message ({instance.broadcast * 1e6:.0f} µs)."
        ),
        "",
        (
            "| connections | units | endpoints of 100 units | REST calls per broadcast | messages per broadcast "
            "(≤ 2 KB) | broadcasts a day that are included | all negotiate again, on one core |"
        ),
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    return "\n".join(lines + [_row(connections, instance) for connections in SIZES])


def _row(connections: int, instance: Instance) -> str:
    units = math.ceil(connections / CONNECTIONS_PER_UNIT)
    endpoints = math.ceil(units / UNITS_PER_ENDPOINT)
    included = units * INCLUDED_MESSAGES_PER_UNIT_AND_DAY // messages(connections, MESSAGE_BYTES)
    seconds = connections * instance.negotiate
    cells = (connections, units, endpoints, endpoints, messages(connections, MESSAGE_BYTES), included)
    return "| " + " | ".join(map(_whole, cells)) + f" | {seconds:,.1f} s |"


def messages(connections: int, size: int) -> int:
    """What a broadcast counts: for each connection a message for every 2 KB begun."""
    return connections * math.ceil(size / MESSAGE_BYTES)


def _whole(value: float) -> str:
    return f"{value:,.0f}"
