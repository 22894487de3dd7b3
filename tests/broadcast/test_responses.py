"""Responses: the shapes in which every function answers."""

from __future__ import annotations

import azure.functions as func
import pytest

from broadcast import responses
from tests.broadcast.app import error


@pytest.mark.parametrize(
    ("response", "status"), [(responses.ok(), 200), (responses.accepted(), 202), (responses.found(True, "", ""), 200)]
)
def test_success_has_a_status_and_no_body(response: func.HttpResponse, status: int) -> None:
    assert (response.status_code, response.get_body()) == (status, b"")


def test_absence_is_404_with_the_code_of_the_service() -> None:
    response = responses.found(False, "Warning.User.NotExisted", "The user has gone.")
    assert error(response) == (404, "Warning.User.NotExisted", "The user has gone.")
    assert response.headers["x-ms-error-code"] == "Warning.User.NotExisted"


@pytest.mark.parametrize("response", [responses.ok(), responses.accepted(), responses.error_response(404, "a", "b")])
def test_nothing_is_to_be_stored_by_caches(response: func.HttpResponse) -> None:
    assert response.headers["Cache-Control"] == "no-store"
