"""Errors: what a caller is told when the service refuses, is silent, or this app fails."""

from __future__ import annotations

import azure.functions as func
import pytest

from http_api.errors import answered, response_for
from shared import errors
from shared.retry import RetryPolicy
from tests.broadcast.app import Configure, call, error
from tests.broadcast.service import AnsweringService


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client library repeats what may be repeated, here without a pause."""
    monkeypatch.setattr(RetryPolicy, "delay", lambda *_: 0.0)


SEND = ("POST", "/api/hubs/chat/users/ada")
CLOSE = ("DELETE", "/api/hubs/chat/connections/c1")
MESSAGE = {"target": "newMessage"}
TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.signature"


@pytest.mark.parametrize(
    ("status", "headers", "body", "answer", "said"),
    [
        (400, {"Content-Type": "text/plain"}, b"ttl is too long", (400, "BadRequest"), "ttl is too long"),
        (400, {"x-ms-error-code": "Error.Request.Invalid"}, b"", (400, "Error.Request.Invalid"), "400"),
        (401, {"WWW-Authenticate": f'Bearer error_description="{TOKEN} is bad"'}, b"",
         (502, "ServiceRefusedCredential"), "Check the access key in AzureSignalRConnectionString"),
        (403, {}, b"<html>", (502, "ServiceRefusedCredential"), "role SignalR Service Owner"),
        (404, {"x-ms-error-code": "Warning.Connection.NotExisted"}, b"",
         (404, "Warning.Connection.NotExisted"), "no such connection"),
        (404, {}, b"", (404, "NotFound"), "check the endpoint"),
        (413, {}, b"", (413, "MessageTooLarge"), "larger than the service accepts"),
        (429, {}, b"", (429, "TooManyRequests"), "try again later"),
        (302, {"Location": "http://127.0.0.1:1/"}, b"", (502, "ServiceFailed"), "302"),
        (500, {"Content-Type": "text/plain"}, b"secret detail", (502, "ServiceFailed"), "500"),
        (503, {}, b"", (502, "ServiceFailed"), "503"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("request_line", [SEND, CLOSE])
def test_refusal_of_the_service_becomes_an_answer(
    request_line: tuple[str, str],
    status: int,
    headers: dict[str, str],
    body: bytes,
    answer: tuple[int, str],
    said: str,
    answering_service: AnsweringService,
    configure: Configure,
) -> None:
    configure(answering_service.endpoint)
    answering_service.status, answering_service.headers, answering_service.body = status, headers, body
    response = call(*request_line, MESSAGE)
    status_code, code, message = error(response)
    assert (status_code, code) == answer
    assert said in message
    assert "secret" not in message
    assert TOKEN not in message
    # The client library repeats what may be repeated; a send that may have been carried out is not.
    assert len({line for line, _ in answering_service.requests}) == 1
    if request_line == SEND and status >= 500:
        assert len(answering_service.requests) == 1


def test_404_keeps_the_error_code_in_the_header_too(answering_service: AnsweringService, configure: Configure) -> None:
    configure(answering_service.endpoint)
    answering_service.status = 404
    answering_service.headers = {"x-ms-error-code": "Warning.Connection.NotExisted"}
    assert call(*CLOSE).headers["x-ms-error-code"] == "Warning.Connection.NotExisted"


def test_too_many_requests_says_when_to_come_back(answering_service: AnsweringService, configure: Configure) -> None:
    configure(answering_service.endpoint)
    answering_service.status = 429
    assert int(call(*SEND, MESSAGE).headers["Retry-After"]) > 0


def test_silence_is_503_and_only_what_may_be_repeated_is_told_when(
    answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    answering_service.status = 0
    sent, closed = call(*SEND, MESSAGE), call(*CLOSE)
    assert error(sent)[:2] == error(closed)[:2] == (503, "NoResponse")
    assert "may have done" in error(sent)[2]
    assert "Retry-After" not in sent.headers
    assert int(closed.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("method", "target", "said"),
    [
        ("POST", "/api/hubs/my-hub", "hub must be"),
        ("POST", "/api/hubs/chat/users/" + "u" * 1025, "user must be 1 to 1,024"),
        ("POST", "/api/hubs/chat/users/..", "user must not be"),
        ("POST", "/api/hubs/chat/connections/.", "connectionId must not be"),
        ("POST", "/api/hubs/chat/groups/" + "g" * 1025, "group must be 1 to 1,024"),
        ("POST", "/api/hubs/chat/groups/%20", "group must be 1 to 1,024"),
        ("POST", "/api/hubs/chat?excluded=..", "excluded must not be"),
        ("PUT", "/api/hubs/chat/groups/g/users/u?ttl=-1", "ttl must be"),
    ],
)
def test_bad_parameter_is_400_and_carries_the_name_that_the_route_gives_it(
    method: str, target: str, said: str, configure: Configure
) -> None:
    configure()
    status_code, code, message = error(call(method, target, MESSAGE))
    assert (status_code, code) == (400, "InvalidParameter")
    assert message.startswith(said)


def test_error_that_nobody_foresaw_is_500_without_detail() -> None:
    for unforeseen in (errors.SignalRServiceError(TOKEN), RuntimeError(TOKEN)):
        status_code, code, message = error(response_for(unforeseen, may_repeat=True))
        assert (status_code, code) == (500, "InternalError")
        assert TOKEN not in message


def test_unexpected_exception_is_logged_with_its_traceback_and_answered_as_json(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def respond(request: func.HttpRequest) -> func.HttpResponse:
        raise RuntimeError("out of fuel")

    request = func.HttpRequest("POST", "http://localhost/api/moon", body=b"")
    response = answered("send_to_moon", request, respond)
    assert error(response)[:2] == (500, "InternalError")
    assert "fuel" not in response.get_body().decode()
    assert "send_to_moon answered 500" in caplog.text
    assert "RuntimeError: out of fuel" in caplog.text


def test_failure_of_the_service_is_logged_without_a_traceback(
    answering_service: AnsweringService, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    configure(answering_service.endpoint)
    answering_service.status = 401
    call(*SEND, MESSAGE)
    assert "send_to_user answered 502: The service answered 401" in caplog.text
    assert "Traceback" not in caplog.text


def test_mistake_of_the_caller_is_not_logged(configure: Configure, caplog: pytest.LogCaptureFixture) -> None:
    configure()
    assert call(*SEND, {"target": ""}).status_code == 400
    assert not [record for record in caplog.records if record.name.startswith("http_api")]
