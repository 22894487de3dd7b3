"""Errors: the tree, what each carries, and the sentence it makes."""

from __future__ import annotations

import pickle

import pytest

from shared import errors
from shared.results import EndpointResult

EVERY_ERROR: list[tuple[errors.SignalRServiceError, str]] = [
    (errors.InvalidConnectionStringError("Port", "must be a number"), "Connection string: Port must be a number."),
    (errors.InvalidSettingsError("NAME", "is not set"), "Setting NAME is not set."),
    (errors.InvalidParameterError("hub", "must not be empty"), "hub must not be empty."),
    (errors.MessageTooLargeError(2000, 1000), "message is 2,000 bytes long, and the limit is 1,000."),
    (errors.MessageTooLargeError(2, 1, "URL"), "URL is 2 bytes long, and the limit is 1."),
    (
        errors.EndpointsFailedError(
            "send_to_all",
            [EndpointResult("https://aaa"), EndpointResult("https://bbb", errors.BadRequestError(400, "odd"))],
        ),
        "send_to_all failed at some of 2 endpoints: https://bbb: The service answered 400: odd.",
    ),
    (
        errors.NoResponseError("user_exists", "https://aaa", "no connection within 5 s"),
        "user_exists: no answer from https://aaa: no connection within 5 s.",
    ),
    (errors.HttpResponseError(500), "The service answered 500: the answer gave no reason."),
    (errors.BadRequestError(400, "Bad hub."), "The service answered 400: Bad hub."),
    (
        errors.ResourceNotFoundError(404, "no such connection", "Error.Connection.NotExisted"),
        "The service answered 404 (Error.Connection.NotExisted): no such connection.",
    ),
]


@pytest.mark.parametrize(("error", "sentence"), EVERY_ERROR, ids=lambda value: type(value).__name__)
def test_an_error_makes_its_own_sentence_and_survives_pickling(
    error: errors.SignalRServiceError, sentence: str
) -> None:
    assert str(error) == sentence
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301 - as multiprocessing does with it
    assert (type(copied), str(copied), vars(copied).keys()) == (type(error), sentence, vars(error).keys())


def test_an_error_after_retries_tells_how_the_attempts_before_ended() -> None:
    refused, silent = errors.HttpResponseError(503), errors.NoResponseError("health", "https://aaa", "nothing")
    refused.earlier, silent.earlier = ("429", "500"), ("503",)
    assert str(refused) == "The service answered 503: the answer gave no reason (attempt 3; before: 429, 500)."
    assert str(silent) == "health: no answer from https://aaa: nothing (attempt 2; before: 503)."


@pytest.mark.parametrize(
    ("status_code", "kind"),
    [
        (400, errors.BadRequestError),
        (401, errors.ClientAuthenticationError),
        (403, errors.PermissionDeniedError),
        (404, errors.ResourceNotFoundError),
        (413, errors.RequestTooLargeError),
        (302, errors.HttpResponseError),
        (429, errors.HttpResponseError),
        (500, errors.HttpResponseError),
    ],
)
def test_a_status_chooses_the_error(status_code: int, kind: type) -> None:
    error = errors.http_response_error(status_code, "", "Some.Code")
    assert type(error) is kind
    assert (error.status_code, error.error_code) == (status_code, "Some.Code")
    assert error.detail


def test_what_is_refused_before_any_request_is_a_value_error() -> None:
    for kind in (errors.InvalidConnectionStringError, errors.InvalidSettingsError, errors.MessageTooLargeError):
        assert issubclass(kind, ValueError)
        assert issubclass(kind, errors.SignalRServiceError)
    assert not issubclass(errors.HttpResponseError, ValueError)
