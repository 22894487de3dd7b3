"""Results: ratios, goals, and the form of the JSON file."""

from __future__ import annotations

import pytest

from benchmarks.load import LoadError
from benchmarks.results import OURS, Goal, Row, Samples
from benchmarks.rounds import Turn, take_turns
from benchmarks.table import number, table

# In the second round the machine was busy with something else.
SAMPLES = Samples({OURS: [1.0, 9.0, 1.2], "floor": [0.5, 4.5, 0.6], "a": [2.0, 6.0, 2.4], "b": [4.0, 12.0, 4.8]})


def row(*goals: Goal, samples: Samples = SAMPLES, more_is_better: bool = False, **missing: str) -> Row:
    return Row("fanout", "CPU", "µs", samples, "floor", goals, more_is_better, missing)


def test_ratios_are_paired_by_round_so_that_a_slow_round_counts_for_all_alike() -> None:
    assert SAMPLES.ratio("floor") == 2.0
    assert row().ratio_to("a") == 0.5


def test_ratio_to_nothing_measured_is_none() -> None:
    assert Samples({OURS: [1.0], "floor": [0.0]}).ratio("floor") is None


@pytest.mark.parametrize(
    ("goals", "met"),
    [
        ((), None),
        ((Goal(2.0, "floor"),), True),
        ((Goal(1.9, "floor"),), False),
        ((Goal(0.5, "a"), Goal(0.2, "b")), False),
        ((Goal(1.2),), True),
        ((Goal(1.3, at_least=True),), False),
        ((Goal(2.0, "floor"), Goal(1, "absent")), None),
        ((Goal(1.9, "floor"), Goal(1, "absent")), False),
    ],
)
def test_goal_is_met_where_each_of_its_parts_is(goals: tuple[Goal, ...], met: bool | None) -> None:
    assert row(*goals).goal_met is met


@pytest.mark.parametrize(("more_is_better", "best"), [(False, "a"), (True, "b")])
def test_best_peer_is_the_cheapest_or_the_one_that_does_most(more_is_better: bool, best: str) -> None:
    assert row(more_is_better=more_is_better).best_peer == best


def test_json_holds_medians_ratios_and_a_missing_peer_without_a_value() -> None:
    found = row(Goal(1.3, "floor"), absent="not installed").as_json()
    conditions = found.pop("conditions")
    assert found == {
        "name": "fanout",
        "metric": "CPU",
        "unit": "µs",
        "ours": 1.2,
        "peers": {"a": 2.4, "b": 4.8, "absent": None},
        "floor": {"name": "floor", "value": 0.6},
        "ratio_to_floor": 2.0,
        "ratio_to_best_peer": 0.5,
        "goal": "≤ 1.3 × floor",
        "goal_met": False,
    }
    assert conditions["missing"] == {"absent": "not installed"}
    assert conditions["rounds"] == 3


def test_table_marks_missed_goals_and_names_who_is_missing() -> None:
    text = table([row(Goal(1.3, "floor"), absent="not installed")])
    assert "CPU: 1.20 µs   MISSED: ≤ 1.3 × floor" in text
    several = row(Goal(1.3, "floor"), Goal(9, "floor"))
    assert "MISSED: ≤ 1.3 × floor; met: ≤ 9 × floor" in table([several])
    assert several.as_json()["conditions"]["missed_goals"] == ["≤ 1.3 × floor"]
    assert "floor 0.60 (ours 2.00 ×) · a 2.40 (ours 0.50 ×)" in text
    assert "absent missing" in text
    assert "Goals: 0 of 1 met." in text


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1,234"), (99.94, "99.9"), (3.14159, "3.14"), (0, "0.00"), (-26.4, "-26.4")]
)
def test_number_has_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_contestants_take_turns_and_each_round_begins_with_another() -> None:
    order: list[str] = []

    def turn(name: str) -> dict[str, float]:
        order.append(name)
        return {"cost": len(order)}

    found = take_turns({"a": lambda: turn("a"), "b": lambda: turn("b")}, 2, warm_up=False)
    assert order == ["a", "b", "b", "a"]
    assert found["cost"].values == {"a": [1, 4], "b": [2, 3]}


def _failing_in_turn(number: int) -> Turn:
    """A turn that costs 1 until it fails."""
    left = [1.0] * number

    def turn() -> dict[str, float]:
        if not left:
            raise LoadError("it is gone")
        return {"cost": left.pop()}

    return turn


@pytest.mark.parametrize("fails", range(4))
def test_contestant_that_fails_takes_no_more_turns_and_leaves_no_samples(fails: int) -> None:
    given_up: dict[str, str] = {}
    turns: dict[str, Turn] = {OURS: lambda: {"cost": 2}, "a": _failing_in_turn(fails), "b": lambda: {"cost": 3}}
    found = take_turns(turns, 3, give_up=lambda name, error: given_up.update({name: str(error)}))
    assert given_up == {"a": "it is gone"}
    assert found["cost"].values == {OURS: [2, 2, 2], "b": [3, 3, 3]}


def test_benchmark_in_which_ours_fails_ends() -> None:
    with pytest.raises(LoadError, match="it is gone"):
        take_turns({OURS: _failing_in_turn(1)}, 3, give_up=lambda *_: None)
