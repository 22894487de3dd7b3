"""Rounds: contestants take turns, so that what the machine does meanwhile happens to all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from benchmarks.load import LoadError
from benchmarks.results import OURS, Samples

# One turn of one contestant: a value for each metric.
Turn: TypeAlias = Callable[[], Mapping[str, float]]
# What is to happen where a contestant failed: its name, and why.
GiveUp: TypeAlias = Callable[[str, LoadError], None]


def take_turns(
    contestants: Mapping[str, Turn], rounds: int, *, warm_up: bool = True, give_up: GiveUp | None = None
) -> dict[str, Samples]:
    """Let every contestant measure once per round, each round beginning with another one; samples by metric.

    A contestant that fails takes no more turns, and has no samples; where that is ours, or where there is no
    `give_up`, it is a LoadError.
    """
    names = list(contestants)
    found: dict[str, dict[str, list[float]]] = {}
    first_round = -1 if warm_up else 0
    for number in range(first_round, rounds):
        first = max(number, 0) % len(names)
        for name in names[first:] + names[:first]:
            try:
                values = contestants[name]()
            except LoadError as error:
                if name == OURS or give_up is None:
                    raise
                give_up(name, error)
                names.remove(name)
                continue
            for metric, value in values.items() if number >= 0 else ():
                found.setdefault(metric, {}).setdefault(name, []).append(value)
    in_order = {metric: {name: values[name] for name in names if name in values} for metric, values in found.items()}
    return {metric: Samples(values) for metric, values in in_order.items()}
