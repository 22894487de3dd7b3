"""Responses: the shapes in which every function answers."""

from __future__ import annotations

import json
from typing import Any

import azure.functions as func
import pytest

from http_api import responses
from tests.broadcast.app import error

EXISTS = responses.exists("Warning.User.NotExisted", "The user has gone.")


@pytest.mark.parametrize(
    ("answer", "result", "status"),
    [
        (responses.DONE, None, 200),
        (responses.ACCEPTED, None, 202),
        (responses.CLOSED, None, 204),
        (EXISTS, True, 200),
    ],
)
def test_success_has_a_status_and_no_body(answer: responses.Answer, result: Any, status: int) -> None:
    response = answer.response(result)
    assert (response.status_code, response.get_body()) == (status, b"")


def test_what_an_operation_returns_is_the_body() -> None:
    response = responses.Answer(200, "").response({"value": []})
    assert (response.mimetype, json.loads(response.get_body())) == ("application/json", {"value": []})


def test_absence_is_404_with_the_code_of_the_service() -> None:
    response = EXISTS.response(False)
    assert error(response) == (404, "Warning.User.NotExisted", "The user has gone.")
    assert response.headers["x-ms-error-code"] == "Warning.User.NotExisted"


@pytest.mark.parametrize(
    "response",
    [responses.DONE.response(None), responses.DONE.response({}), responses.error_response(404, "a", "b")],
)
def test_nothing_is_to_be_stored_by_caches(response: func.HttpResponse) -> None:
    assert response.headers["Cache-Control"] == "no-store"
