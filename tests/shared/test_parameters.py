"""Parameters: the service's rules, by example of what is taken and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import InvalidParameterError
from shared.parameters import checked_excluded, checked_group, checked_hub, checked_id, whole_seconds


@pytest.mark.parametrize("hub", ["chat", "Chat", "a", "a_b", "a`b", "a,b", "a.b", "a[1]", "x" * 128])
def test_a_hub_is_taken_and_lower_cased(hub: str) -> None:
    assert checked_hub(hub) == hub.lower()


@pytest.mark.parametrize("hub", ["", "my-hub", "my hub", "1chat", "_chat", "x" * 129, "chat\n", "chät", "a/b", None, 1])
def test_a_hub_that_the_service_would_refuse_is_refused_with_the_rule(hub: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"letters, digits and _ ` , \. \[ \] \(no hyphen") as refused:
        checked_hub(hub)
    assert refused.value.parameter == "hub"


@pytest.mark.parametrize("group", ["a", " a", "a b", "a/b", "ä", "😀", "x" * 1024, "a\tb", "...", "%2e%2e"])
def test_a_group_is_taken_as_it_is(group: str) -> None:
    assert checked_group(group) == group


@pytest.mark.parametrize("group", ["", " ", "\t ", "a\n", "\na", "x" * 1025, ".", "..", "\ud800", None])
def test_a_group_that_the_service_would_refuse_is_refused(group: Any) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        checked_group(group)
    assert refused.value.parameter == "group"


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("", "must not be empty"),
        (".", "URL path cannot carry"),
        ("..", "URL path cannot carry"),
        ("a\udc00", "surrogate pair"),
        (7, "must be text, not int"),
        (b"a", "must be text, not bytes"),
    ],
)
def test_an_id_that_cannot_stand_in_a_path_is_refused(value: Any, rule: str) -> None:
    with pytest.raises(InvalidParameterError, match=rf"^user_id .*{rule}"):
        checked_id("user_id", value)


def test_excluded_is_a_list_of_ids() -> None:
    assert checked_excluded(("a", "b,c")) == ["a", "b,c"]
    with pytest.raises(InvalidParameterError, match="not one text"):
        checked_excluded("abc")
    with pytest.raises(InvalidParameterError, match=r"^excluded must not be empty"):
        checked_excluded(["a", ""])


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        (timedelta(0), 0),
        (timedelta(milliseconds=1999), 1),
        (timedelta(days=365), 31_536_000),
        (timedelta(seconds=2**31 - 1), 2**31 - 1),
    ],
)
def test_a_duration_is_whole_seconds_rounded_down(duration: timedelta, seconds: int) -> None:
    assert whole_seconds("ttl", duration) == seconds


@pytest.mark.parametrize("duration", [timedelta(seconds=-1), timedelta(microseconds=-1), timedelta.max, 60, None])
def test_a_duration_that_is_negative_or_too_long_or_none_is_refused(duration: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"^ttl must be"):
        whole_seconds("ttl", duration)
