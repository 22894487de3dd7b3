"""HTTP messages: headers, query and response as the Azure Functions host hands them over."""

from __future__ import annotations

import pytest

from functions_host.errors import FunctionFailedError
from functions_host.functions import HttpResponse
from functions_host.http_messages import join_headers, join_query, make_response


@pytest.mark.parametrize(
    ("sent", "joined"),
    [
        ([("X-A", "1"), ("x-a", "2"), ("X-B", "")], {"x-a": "1,2", "x-b": ""}),
        ([("X_Under_Score", "1")], {"x_under_score": "1"}),
        ([("X-MS-CLIENT-PRINCIPAL", "x"), ("x-ms-client-principal-id", "x"), ("X-Ms-Token-Aad-Id-Token", "x")], {}),
        ([("X-MS-CLIENT-IP", "1")], {"x-ms-client-ip": "1"}),
    ],
)
def test_headers_are_joined(sent: list[tuple[str, str]], joined: dict[str, str]) -> None:
    assert join_headers(sent) == joined


@pytest.mark.parametrize(
    ("pairs", "joined"),
    [
        ([("a", "1"), ("a", "2"), ("b", "3")], {"a": "1,2", "b": "3"}),
        ([("a", ""), ("b", "")], {}),
        ([("a", ""), ("a", "1"), ("a", "")], {"a": "1"}),
        ([("A", "1"), ("a", "2")], {"a": "1,2"}),
    ],
)
def test_query_is_joined(pairs: list[tuple[str, str]], joined: dict[str, str]) -> None:
    assert {name.lower(): value for name, value in join_query(pairs).items()} == joined


def test_a_query_key_keeps_its_first_spelling() -> None:
    assert join_query([("UserId", "1"), ("userid", "2")]) == {"UserId": "1,2"}


def test_of_repeated_response_headers_the_last_wins_but_every_cookie_stays() -> None:
    sent = [("X-A", "1"), ("x-a", "2"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2")]
    response = make_response(HttpResponse(200, sent, b"x"))
    assert response.headers.getlist("x-a") == ["2"]
    assert response.headers.getlist("set-cookie") == ["a=1", "b=2"]


def test_framing_of_the_response_is_the_hosts() -> None:
    sent = [("Content-Length", "99"), ("Transfer-Encoding", "chunked"), ("Connection", "close")]
    assert make_response(HttpResponse(200, sent, b"xy")).headers.to_wsgi_list() == [("Content-Length", "2")]


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [(99, [], "status code 99"), (1000, [], "status code 1000"), (200, [("X-A", "ü")], "'X-A' holds more than ASCII")],
)
def test_impossible_answer_is_a_failed_function(status: int, headers: list[tuple[str, str]], reason: str) -> None:
    with pytest.raises(FunctionFailedError, match=reason):
        make_response(HttpResponse(status, headers, b""))
