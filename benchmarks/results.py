"""Results: what each contestant measured, round by round, and whether the goal was met."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OURS = "ours"
# A contestant that is not there: why.
Missing = Mapping[str, str]


@dataclass(frozen=True)
class Goal:
    """A limit for ours as a multiple of what `against` measured, or in the metric's own unit where that is empty."""

    limit: float
    against: str = ""
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:.3g}" + (f" × {self.against}" if self.against else "")

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


class Samples:
    """One metric: a value for each contestant and round, in the rounds' order."""

    def __init__(self, values: Mapping[str, Sequence[float]]) -> None:
        self.values = {name: list(found) for name, found in values.items()}

    def median(self, name: str) -> float:
        return statistics.median(self.values[name])

    def ratio(self, to: str, of: str = OURS) -> float | None:
        """The median of the ratios within each round: what slows a round slows all its contestants.

        None where the other measured nothing, as a floor may that keeps no memory for its clients.
        """
        if not all(self.values[to]):
            return None
        return statistics.median(a / b for a, b in zip(self.values[of], self.values[to], strict=True))


@dataclass(frozen=True)
class Row:
    """One line of the table: a metric of ours beside its floor and its peers."""

    name: str
    metric: str
    unit: str
    samples: Samples
    floor: str | None = None
    goals: Sequence[Goal] = ()
    more_is_better: bool = False
    missing: Missing = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    # Contestants that nobody would use instead: they show what a part of the way costs, and are no peers.
    references: Sequence[str] = ()

    @property
    def ours(self) -> float:
        return self.samples.median(OURS)

    @property
    def peers(self) -> list[str]:
        return [name for name in self.samples.values if name not in (OURS, self.floor, *self.references)]

    @property
    def best_peer(self) -> str | None:
        best: Callable[..., str] = max if self.more_is_better else min
        return best(self.peers, key=self.samples.median) if self.peers else None

    def ratio_to(self, name: str | None) -> float | None:
        return self.samples.ratio(name) if name in self.samples.values and name is not None else None

    @property
    def goal_met(self) -> bool | None:
        """None where there is no goal, or where one cannot be judged because its contestant is missing."""
        met = [self._meets(goal) for goal in self.goals]
        if False in met:
            return False
        return None if None in met or not met else True

    @property
    def missed_goals(self) -> list[Goal]:
        return [goal for goal in self.goals if self._meets(goal) is False]

    def _meets(self, goal: Goal) -> bool | None:
        value = self.ratio_to(goal.against) if goal.against else self.ours
        return None if value is None else goal.is_met(value)

    def as_json(self) -> dict[str, Any]:
        """The row as the JSON file has it; a peer that is missing is there without a value."""
        absent = {name: None for name in self.missing if name != self.floor}
        return {
            "name": self.name,
            "metric": self.metric,
            "unit": self.unit,
            "ours": self.ours,
            "peers": {name: self.samples.median(name) for name in self.peers} | absent,
            "floor": None if self.floor is None else {"name": self.floor, "value": self._floor_value()},
            "ratio_to_floor": self.ratio_to(self.floor),
            "ratio_to_best_peer": self.ratio_to(self.best_peer),
            "goal": " and ".join(map(str, self.goals)) or None,
            "goal_met": self.goal_met,
            "conditions": {
                **self.conditions,
                "rounds": len(self.samples.values[OURS]),
                "references": {
                    name: self.samples.median(name) for name in self.references if name in self.samples.values
                },
                "ratios": {name: self.ratio_to(name) for name in self.samples.values if name != OURS},
                "missing": dict(self.missing),
                "missed_goals": [str(goal) for goal in self.missed_goals],
            },
        }

    def _floor_value(self) -> float | None:
        return self.samples.median(self.floor) if self.floor in self.samples.values and self.floor else None
