"""Retries: the rules, by example."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import InvalidParameterError, RetryPolicy
from shared.retry import is_repeated_after_status, retry_after_seconds


@pytest.mark.parametrize(
    ("status", "retry_after", "send", "question"),
    [
        (408, None, False, True),
        (429, None, True, True),
        (429, 1.0, True, True),
        (500, None, False, True),
        (500, 1.0, False, True),
        (502, None, False, True),
        (503, None, False, True),
        (503, 0.0, True, True),
        (400, None, False, False),
        (404, 1.0, False, False),
        (413, None, False, False),
    ],
)
def test_a_status_says_whether_a_call_goes_again(
    status: int, retry_after: float | None, send: bool, question: bool
) -> None:
    assert is_repeated_after_status(status, retry_after, is_idempotent=False) is send
    assert is_repeated_after_status(status, retry_after, is_idempotent=True) is question


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3),
        (" 0 ", 0),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 400, float("inf")),
    ],
)
def test_retry_after_is_read(text: str, seconds: float | None) -> None:
    assert retry_after_seconds({"Retry-After": text}) == seconds


def test_retry_after_can_be_a_date() -> None:
    found = retry_after_seconds({"Retry-After": formatdate(time.time() + 60, usegmt=True)})
    assert found is not None
    assert 50 < found <= 60
    assert retry_after_seconds({"Retry-After": formatdate(0, usegmt=True)}) == 0
    assert retry_after_seconds({}) is None


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_a_wait_is_a_part_of_twice_the_last_one_and_never_above_the_limit(attempts: int, part: float) -> None:
    policy = RetryPolicy(base_delay=0.5, max_delay=8)
    assert 0 <= policy.delay(attempts, None, part) <= min(8, 0.5 * 2 ** min(attempts - 1, 10))


def test_the_services_own_time_counts_up_to_the_limit() -> None:
    policy = RetryPolicy(max_delay=8)
    assert policy.delay(1, 2.5, 0.1) == 2.5
    assert policy.delay(1, 3600.0, 0.1) == 8


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"max_attempts": 0}, "max_attempts"),
        ({"max_attempts": 1.5}, "max_attempts"),
        ({"base_delay": -1}, "base_delay"),
        ({"max_delay": float("inf")}, "max_delay"),
        ({"max_delay": float("nan")}, "max_delay"),
        ({"deadline": None}, "deadline"),
        ({"deadline": 0}, "deadline"),
    ],
)
def test_a_wrong_policy_is_named(options: dict[str, Any], parameter: str) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        RetryPolicy(**options)
    assert refused.value.parameter == parameter
