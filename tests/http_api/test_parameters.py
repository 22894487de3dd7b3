"""Parameters of path and query: what arrives from the host, and what the client library is given."""

from __future__ import annotations

from datetime import timedelta

import azure.functions as func
import pytest

from http_api.parameters import EXCLUDED, LONGEST_NAME, REASON, TOP, TTL, USER, check_names
from shared import InvalidParameterError


def request(route: dict[str, str] | None = None, /, **params: str) -> func.HttpRequest:
    return func.HttpRequest("PUT", "http://localhost/api/hubs/chat", params=params, route_params=route, body=b"")


@pytest.mark.parametrize(
    ("arrived", "meant"),
    [("ada", "ada"), ("a%2Fb", "a/b"), ("a%2fb%2F", "a/b/"), ("50%", "50%"), ("a%20b", "a%20b"), ("žluť", "žluť")],
)
def test_route_value_is_decoded_where_the_host_left_it_encoded(arrived: str, meant: str) -> None:
    assert USER.read(request({"user": arrived})) == meant


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, []),
        ({"excluded": ""}, []),
        ({"excluded": ",".join("a" * 100)}, ["a"] * 100),
        ({"excluded": "a"}, ["a"]),
        ({"excluded": "a,b"}, ["a", "b"]),
        ({"excluded": " a , b ,, "}, ["a", "b"]),
    ],
)
def test_excluded_is_a_list_that_the_host_joined_with_commas(query: dict[str, str], ids: list[str]) -> None:
    assert list(EXCLUDED.read(request(**query))) == ids


def test_reason_is_the_text_as_it_came_or_none() -> None:
    assert REASON.read(request(reason="shift, over")) == "shift, over"
    assert REASON.read(request()) is None


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("60", 60), ("007", 7), ("2147483647", 2147483647)])
def test_ttl_is_whole_seconds(text: str, seconds: int) -> None:
    assert TTL.read(request(ttl=text)) == timedelta(seconds=seconds)


def test_ttl_may_be_absent() -> None:
    assert TTL.read(request()) is None


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.5", "1e3", " 5", "5s", "1,2", "0x10", "٣", "2147483648", "9" * 11])
def test_ttl_of_any_other_kind_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"^ttl must be a whole number of seconds from 0 to "):
        TTL.read(request(ttl=text))


@pytest.mark.parametrize("value", [-1, 1.5, True, "60", None, [60], 2**31])
def test_ttl_of_any_other_kind_is_refused_in_a_batch_too(value: object) -> None:
    with pytest.raises(InvalidParameterError, match=r"^ttl must be a whole number of seconds from 0 to "):
        TTL.check(value)


@pytest.mark.parametrize(("text", "top"), [(None, 1000), ("1", 1), ("1000", 1000)])
def test_top_is_a_number_of_connections(text: str | None, top: int) -> None:
    assert TOP.read(request(**({} if text is None else {"top": text}))) == top


@pytest.mark.parametrize("text", ["0", "-1", "1001", "many", "1.5"])
def test_top_of_any_other_kind_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"^top must be a whole number from 1 to 1,000"):
        TOP.read(request(top=text))


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("a", "a list of at most 100"),
        (["a"] * 101, "a list of at most 100"),
        ([""], "must not be empty"),
        ([7], "must be text"),
        ([".."], "must not be"),
    ],
)
def test_excluded_of_any_other_kind_is_refused_by_name(value: object, rule: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"^excluded .*{rule}"):
        EXCLUDED.check(value)


def test_names_and_reasons_are_limited() -> None:
    assert len(USER.check("u" * LONGEST_NAME)) == LONGEST_NAME
    with pytest.raises(InvalidParameterError, match=r"^user must be 1 to 1,024 characters"):
        USER.check("u" * (LONGEST_NAME + 1))
    with pytest.raises(InvalidParameterError, match=r"^reason must be at most 1,024 characters"):
        REASON.check("r" * (LONGEST_NAME + 1))


def test_names_are_limited_together_as_they_stand_in_a_url() -> None:
    check_names(["g" * 1024, "u" * 1024, "h" * 128])
    check_names(["😀" * 213])
    for names in (["😀" * 214], ["ü" * 300, "ü" * 300]):
        with pytest.raises(InvalidParameterError, match="names in the path are too long: percent-encoded"):
            check_names(names)
