"""Queries: parameters read once, whole numbers, truths."""

from __future__ import annotations

import pytest

from emulator.errors import InvalidRequestError
from emulator.rest.query import Query


def test_a_parameter_is_found_in_any_case_of_its_name() -> None:
    query = Query([("Reason", "why"), ("EXCLUDED", "a"), ("excluded", "b,c")])
    assert query.one("reason") == "why"
    assert query.every("excluded") == ["a", "b,c"]
    assert (query.one("absent"), query.every("absent")) == (None, [])


def test_a_parameter_that_stands_twice_is_refused() -> None:
    query = Query([("reason", "a"), ("reason", "a")])
    with pytest.raises(InvalidRequestError, match=r"^reason: must stand in the query once only"):
        query.one("reason")


def test_a_parameter_that_nothing_can_write_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"^reason: is not UTF-8"):
        Query([("reason", "\udcff")])


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("200", 200), ("007", 7), (None, None)])
def test_a_whole_number_within_its_bounds_is_taken(text: str | None, number: int | None) -> None:
    query = Query([] if text is None else [("top", text)])
    assert query.integer("top", least=1, most=200) == number


@pytest.mark.parametrize("text", ["", "0", "201", "-1", "+1", "1.0", "1e2", " 1", "٣", "²", "x", "1" * 5000])
def test_anything_else_is_no_whole_number(text: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^top: .* is not a whole number from 1 to 200") as refused:
        Query([("top", text)]).integer("top", least=1, most=200)
    assert len(refused.value.message) < 200


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("True", True), ("FALSE", False), ("false", False), (None, False)]
)
def test_a_truth_is_taken_in_any_case(text: str | None, value: bool) -> None:
    assert Query([] if text is None else [("completed", text)]).boolean("completed") is value


@pytest.mark.parametrize("text", ["", "1", "yes", "true "])
def test_anything_else_is_no_truth(text: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^completed: .* is neither true nor false"):
        Query([("completed", text)]).boolean("completed")
