"""Many targets: order, bound, failures, cancelling, progress, memory."""

from __future__ import annotations

import gc
import itertools
import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from shared import InvalidParameterError
from shared.errors import BadRequestError, SignalRServiceError
from shared.many import ManyResults
from shared.results import TargetResult, Totals


def nothing(_: str) -> None:
    pass


def test_results_come_in_the_order_of_the_targets_whoever_is_done_first() -> None:
    first_may_end = threading.Event()

    def call(target: str) -> None:
        if target == "0":
            assert first_may_end.wait(10)
        elif target == "9":
            first_may_end.set()

    results = ManyResults((str(number) for number in range(10)), call, max_in_flight=4)
    assert [result.target for result in results] == [str(number) for number in range(10)]


def test_one_failure_does_not_stop_the_rest() -> None:
    def call(target: str) -> None:
        if target == "b":
            raise BadRequestError(400)

    found = list(ManyResults(["abc", "b", "c"], call))
    assert [(result.target, type(result.error)) for result in found] == [
        ("abc", type(None)),
        ("b", BadRequestError),
        ("c", type(None)),
    ]


def test_no_more_calls_are_in_flight_than_allowed() -> None:
    now, most, guard = 0, 0, threading.Lock()
    full = threading.Barrier(8)

    def call(_: str) -> None:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
        full.wait(10)
        with guard:
            now -= 1

    assert ManyResults(map(str, range(64)), call, max_in_flight=8).finish() == Totals(64, 0)
    assert most == 8


def test_cancelling_takes_no_further_target_and_loses_no_result() -> None:
    called: list[str] = []
    results = ManyResults(map(str, itertools.count()), called.append, max_in_flight=2)
    taken = [next(results)]
    results.cancel()
    taken += results
    assert sorted(result.target for result in taken) == sorted(called)
    assert len(called) <= 2 * 4 + 1


def test_leaving_the_block_cancels() -> None:
    called: list[str] = []
    with ManyResults(map(str, itertools.count()), called.append, max_in_flight=2) as results:
        assert next(results) == TargetResult("0")
    assert len(called) <= 2 * 4 + 1


def test_progress_tells_how_many_are_done_and_failed() -> None:
    told: list[Totals] = []

    def call(target: str) -> None:
        if target == "1":
            raise SignalRServiceError

    ManyResults(["0", "1", "2"], call, progress=told.append).finish()
    assert told == [Totals(1, 0), Totals(2, 1), Totals(3, 1)]


def test_an_error_of_the_targets_themselves_comes_after_the_results_before_it() -> None:
    def targets() -> Iterator[str]:
        yield "a"
        raise OSError("the file of targets is gone")

    results = ManyResults(targets(), nothing)
    assert next(results) == TargetResult("a")
    with pytest.raises(OSError, match="is gone"):
        next(results)
    assert list(results) == []


def test_an_error_of_the_program_itself_is_not_taken_for_a_result() -> None:
    results = ManyResults(["0", "1"], lambda target: 1 / int(target))
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert list(results) == [TargetResult("1")]


@pytest.mark.parametrize(
    ("targets", "options", "parameter"),
    [("ann", {}, "targets"), (5, {}, "targets"), ([], {"max_in_flight": 0}, "max_in_flight")],
)
def test_a_wrong_argument_is_named_before_any_call(targets: Any, options: dict[str, Any], parameter: str) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        ManyResults(targets, nothing, **options)
    assert refused.value.parameter == parameter


def test_results_that_are_dropped_before_the_end_are_warned_of() -> None:
    kept = [ManyResults(map(str, itertools.count()), nothing)]
    with pytest.warns(ResourceWarning, match="dropped before the end"):
        kept.clear()


def test_memory_does_not_grow_with_the_number_of_targets() -> None:
    results = ManyResults(map(str, range(100_000)), nothing)
    for _ in range(1_000):
        next(results)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(20_000):
        next(results)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    results.cancel()
    results.finish()
    # Keeping 20,000 results would take some 5 MB; other tests' threads may still allocate a little.
    assert after - before < 1_000_000
