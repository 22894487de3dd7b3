"""Capacity: quotas and measured costs as a table."""

from __future__ import annotations

import pytest

from benchmarks.capacity import Instance, messages, text

ROWS = [
    {"metric": "CPU per call of the function", "unit": "µs", "ours": 200.0},
    {"metric": "CPU per send, 256 B, 1 thread", "unit": "µs", "ours": 300.0},
]


def test_one_core_is_computed_from_both_measured_costs() -> None:
    instance = Instance.of_results(ROWS)
    assert instance is not None
    found = text(instance)
    assert "**5,000** negotiates a second (200 µs" in found
    assert "**2,000** calls a second that send one message (500 µs)" in found
    assert "| 1,000,000 | 1,000 | 10 | 10 | 1,000,000 | 1,000 | 200.0 s |" in found


def test_results_of_other_benchmarks_say_nothing_of_an_instance() -> None:
    assert Instance.of_results(ROWS[:1]) is None


@pytest.mark.parametrize(("size", "count"), [(1, 10), (2048, 10), (2049, 20), (100_000, 490)])
def test_a_broadcast_counts_every_2_kb_begun_for_each_connection(size: int, count: int) -> None:
    assert messages(10, size) == count
