"""Rounds: contestants take turns, so that what the machine does meanwhile happens to all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from benchmarks.results import Samples

# One turn of one contestant: a value for each metric.
Turn: TypeAlias = Callable[[], Mapping[str, float]]


def take_turns(contestants: Mapping[str, Turn], rounds: int, *, warm_up: bool = True) -> dict[str, Samples]:
    """Let every contestant measure once per round, each round beginning with another one; samples by metric."""
    names = list(contestants)
    if warm_up:
        for name in names:
            contestants[name]()
    found: dict[str, dict[str, list[float]]] = {}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            for metric, value in contestants[name]().items():
                found.setdefault(metric, {}).setdefault(name, []).append(value)
    in_order = {metric: {name: values[name] for name in names if name in values} for metric, values in found.items()}
    return {metric: Samples(values) for metric, values in in_order.items()}
