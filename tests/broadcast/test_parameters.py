"""Parameters of path and query: what arrives from the host, and what the client library is given."""

from __future__ import annotations

from datetime import timedelta

import azure.functions as func
import pytest

from broadcast.parameters import excluded, reason, route_value, ttl
from shared import InvalidParameterError


def request(route: dict[str, str] | None = None, /, **params: str) -> func.HttpRequest:
    return func.HttpRequest("PUT", "http://localhost/api/hubs/chat", params=params, route_params=route, body=b"")


@pytest.mark.parametrize(
    ("arrived", "meant"),
    [("ada", "ada"), ("a%2Fb", "a/b"), ("a%2fb%2F", "a/b/"), ("50%", "50%"), ("a%20b", "a%20b"), ("žluť", "žluť")],
)
def test_route_value_is_decoded_where_the_host_left_it_encoded(arrived: str, meant: str) -> None:
    assert route_value(request({"user": arrived}), "user") == meant


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, []),
        ({"excluded": ""}, []),
        ({"excluded": "a"}, ["a"]),
        ({"excluded": "a,b"}, ["a", "b"]),
        ({"excluded": " a , b ,, "}, ["a", "b"]),
    ],
)
def test_excluded_is_a_list_that_the_host_joined_with_commas(query: dict[str, str], ids: list[str]) -> None:
    assert excluded(request(**query)) == ids


def test_reason_is_the_text_as_it_came_or_none() -> None:
    assert reason(request(reason="shift, over")) == "shift, over"
    assert reason(request()) is None


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("60", 60), ("007", 7), ("2147483647", 2147483647)])
def test_ttl_is_whole_seconds(text: str, seconds: int) -> None:
    assert ttl(request(ttl=text)) == timedelta(seconds=seconds)


def test_ttl_may_be_absent() -> None:
    assert ttl(request()) is None


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.5", "1e3", " 5", "5s", "1,2", "0x10", "٣", "2147483648", "9" * 11])
def test_ttl_of_any_other_kind_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"^ttl must be a whole number of seconds from 0 to "):
        ttl(request(ttl=text))
