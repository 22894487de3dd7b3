"""The transport: what goes over the wire, and what each answer becomes."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from urllib3.exceptions import NewConnectionError

from shared import (
    AccessKeyCredential,
    HttpResponseError,
    Message,
    MessageTooLargeError,
    NoResponseError,
    RetryPolicy,
    errors,
)
from shared import operations as ops
from shared.credentials import IdentityCredential, RequestCredential
from shared.operation import HubPaths, Operation
from shared.transport import Transport
from tests.shared.loopback import Answer, LoopbackService
from tests.shared.test_credentials import KEY, Clock, EntraId, decoded

AT = HubPaths("chat")
SEND = ops.send_to_user(AT, "ann", Message("t", ["hi"]))
EXISTS = ops.user_exists(AT, "ann")
ADD = ops.add_connection_to_group(AT, "g", "c")


@pytest.fixture
def service() -> Iterator[LoopbackService]:
    with LoopbackService() as running:
        yield running


@pytest.fixture
def transport(service: LoopbackService) -> Iterator[Transport]:
    opened = make_transport(service.endpoint)
    yield opened
    opened.close()


def make_transport(endpoint: str, *, connect_timeout: float = 5, read_timeout: float = 5) -> Transport:
    credential: RequestCredential = AccessKeyCredential(KEY)
    return Transport(endpoint, credential, connect_timeout=connect_timeout, read_timeout=read_timeout)


def test_a_send_carries_its_body_and_a_token_for_its_url(service: LoopbackService, transport: Transport) -> None:
    transport.send(ops.send_to_all(AT, Message("t", ["hi"]), excluded=["c"]))
    (request,) = service.requests
    assert (request.method, request.path) == ("POST", "/api/v1/hubs/chat?excluded=c")
    assert request.body == b'{"target":"t","arguments":["hi"]}'
    assert request.headers["content-type"] == "application/json"
    token = request.headers["authorization"].removeprefix("Bearer ")
    assert decoded(token)["aud"] == f"{service.endpoint}/api/v1/hubs/chat"


@pytest.mark.parametrize("status", [200, 202, 204])
def test_every_2xx_is_success(service: LoopbackService, transport: Transport, status: int) -> None:
    service.answer = Answer(status)
    assert transport.send(SEND) == b""


@pytest.mark.parametrize("headers", [{}, {"x-ms-error-code": "warning.user.notexisted"}])
def test_a_404_to_a_question_means_absent(
    service: LoopbackService, transport: Transport, headers: dict[str, str]
) -> None:
    service.answer = Answer(404, headers)
    assert transport.send(EXISTS) is None


def test_a_404_for_another_reason_is_an_error_even_to_a_question(
    service: LoopbackService, transport: Transport
) -> None:
    service.answer = Answer(404, {"x-ms-error-code": "Error.Hub.NotExisted"})
    with pytest.raises(errors.ResourceNotFoundError):
        transport.send(EXISTS)


def test_a_404_to_an_order_is_an_error_with_its_code(service: LoopbackService, transport: Transport) -> None:
    service.answer = Answer(404, {"x-ms-error-code": "Error.Connection.NotExisted"})
    with pytest.raises(errors.ResourceNotFoundError) as failed:
        transport.send(ADD)
    assert failed.value.error_code == "Error.Connection.NotExisted"


JSON = {"Content-Type": "application/json; charset=utf-8"}
PROBLEM = {"Content-Type": "application/problem+json"}
TEXT = {"Content-Type": "text/plain"}
CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="The audience is invalid"'}


@pytest.mark.parametrize(
    ("answer", "kind", "detail"),
    [
        (Answer(400, TEXT, b" Bad hub.\n"), errors.BadRequestError, "Bad hub."),
        (Answer(400, JSON, b'{"code":"x","message":"Bad group."}'), errors.BadRequestError, "Bad group."),
        (Answer(400, JSON, b'"Bad user."'), errors.BadRequestError, "Bad user."),
        (Answer(400, PROBLEM, b'{"title":"T","errors":{"hub":["Bad."]}}'), errors.BadRequestError, '{"hub": ["Bad."]}'),
        (Answer(400, PROBLEM, b'{"title":"T","detail":"D"}'), errors.BadRequestError, "D"),
        (Answer(400, PROBLEM, b'{"title":"T","errors":{}}'), errors.BadRequestError, "T"),
        (Answer(400, JSON, b"[]"), errors.BadRequestError, errors.BadRequestError.likely_cause),
        (Answer(400, JSON, b"{nonsense"), errors.BadRequestError, errors.BadRequestError.likely_cause),
        (Answer(401, CHALLENGE), errors.ClientAuthenticationError, "The audience is invalid"),
        (Answer(401, {"WWW-Authenticate": "Bearer"}), errors.ClientAuthenticationError, "the token was refused"),
        (Answer(403, {"Content-Type": "text/html"}, b"<h1>No"), errors.PermissionDeniedError, "lacks a role"),
        (Answer(413), errors.RequestTooLargeError, "larger than the service accepts"),
        (Answer(500, TEXT, b"x" * 10_000), HttpResponseError, "x" * 500),
    ],
)
def test_an_answer_that_is_not_success_is_an_error_with_its_reason(
    service: LoopbackService, transport: Transport, answer: Answer, kind: type[HttpResponseError], detail: str
) -> None:
    service.answer = answer
    with pytest.raises(HttpResponseError) as failed:
        transport.send(SEND)
    assert (type(failed.value), failed.value.status_code) == (kind, answer.status)
    assert detail in failed.value.detail
    assert len(failed.value.detail) <= 500
    assert len(service.requests) == 1


def test_a_redirect_is_not_followed(service: LoopbackService, transport: Transport) -> None:
    with LoopbackService() as elsewhere:
        service.answer = Answer(307, {"Location": elsewhere.endpoint})
        with pytest.raises(HttpResponseError, match="redirect, which is not followed"):
            transport.send(SEND)
        assert elsewhere.requests == []


def test_an_endpoint_where_nothing_listens_gives_no_response() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: a connection is refused
        transport = make_transport(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(NoResponseError, match=r"^send_to_user: no answer from http://127\.0\.0\.1:\d+: ") as failed:
            transport.send(SEND)
        transport.close()
    assert failed.value.reason == "no connection could be made"
    assert not failed.value.may_have_arrived
    assert isinstance(failed.value.__cause__, NewConnectionError)


def test_an_answer_that_does_not_come_in_time_gives_no_response(service: LoopbackService) -> None:
    released = threading.Event()
    service.answer = Answer(hold=released)
    transport = make_transport(service.endpoint, read_timeout=0.05)
    with pytest.raises(NoResponseError, match=r"no answer within 0\.05 s; the service may have done"):
        transport.send(SEND)
    released.set()
    transport.close()


def test_a_send_is_never_repeated_when_the_connection_is_lost(service: LoopbackService, transport: Transport) -> None:
    service.answer = Answer(0)
    with pytest.raises(NoResponseError, match="the connection was lost") as failed:
        transport.send(SEND)
    assert len(service.requests) == 1
    assert failed.value.may_have_arrived


def test_a_service_without_tls_gives_no_response(service: LoopbackService) -> None:
    transport = make_transport(service.endpoint.replace("http:", "https:"))
    with pytest.raises(NoResponseError, match="TLS failed"):
        transport.send(SEND)
    transport.close()


def test_calls_share_one_connection_and_a_closed_transport_opens_a_new_one(
    service: LoopbackService, transport: Transport
) -> None:
    transport.send(SEND)
    transport.send(EXISTS)
    transport.close()
    transport.send(SEND)
    first, second, third = (request.peer for request in service.requests)
    assert first == second != third


def test_64_threads_share_one_pool_and_no_call_is_lost(
    service: LoopbackService, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, logger="urllib3")
    with ThreadPoolExecutor(64) as threads:
        users = [ops.send_to_user(AT, f"u{number}", Message("t")) for number in range(500)]
        assert list(threads.map(transport.send, users)) == [b""] * 500
    assert {request.path for request in service.requests} == {operation.path for operation in users}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_opens_connections_of_its_own(service: LoopbackService, transport: Transport) -> None:
    transport.send(SEND)
    child = os.fork()
    if child == 0:
        try:
            transport.send(SEND)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    transport.send(SEND)
    parent_before, in_child, parent_after = (request.peer for request in service.requests)
    assert parent_before == parent_after != in_child


def test_a_proxy_of_the_environment_is_used_and_looked_up_once(
    service: LoopbackService, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", service.endpoint)
    transport = make_transport("http://chat.service.example")
    transport.send(SEND)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    transport.send(SEND)
    transport.close()
    assert [request.path for request in service.requests] == [f"http://chat.service.example{SEND.path}"] * 2


def test_a_password_file_of_the_environment_does_not_replace_the_token(
    service: LoopbackService, transport: Transport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    transport.send(SEND)
    assert service.requests[0].headers["authorization"].startswith("Bearer ")


@pytest.mark.parametrize(("status", "shown"), [(202, "202"), (500, "500"), (0, "no answer")])
def test_each_call_leaves_one_record_without_secrets(
    service: LoopbackService, transport: Transport, caplog: pytest.LogCaptureFixture, status: int, shown: str
) -> None:
    caplog.set_level(logging.DEBUG)
    service.answer = Answer(status)
    failure: Any = None
    try:
        transport.send(SEND)
    except errors.SignalRServiceError as exc:
        failure = exc
    (record,) = [record for record in caplog.records if record.name == "signalr"]
    assert record.getMessage().startswith(f"send_to_user hub=chat status={shown} attempts=1 ms=")
    token = service.requests[0].headers["authorization"].removeprefix("Bearer ")
    for secret in (token, KEY):
        assert secret not in caplog.text + repr(failure) + str(failure)


def test_headers_above_the_services_limit_are_refused_before_any_request(
    service: LoopbackService, transport: Transport
) -> None:
    excluded = ["c" * 31] * 600
    with pytest.raises(MessageTooLargeError, match=r"^URL with headers is [\d,]+ bytes long, .* 16,384") as refused:
        transport.send(ops.send_to_all(AT, Message("t"), excluded=excluded))
    assert (refused.value.limit, service.requests) == (16_384, [])


def test_an_error_carries_the_id_of_its_request(service: LoopbackService, transport: Transport) -> None:
    service.answer = Answer(400, {"x-ms-request-id": "r-1"})
    with pytest.raises(HttpResponseError) as failed:
        transport.send(SEND)
    assert failed.value.request_id == "r-1"


@pytest.mark.parametrize(
    ("operation", "roles"),
    [
        (SEND, "SignalR REST API Owner or SignalR Service Owner"),
        (EXISTS, "SignalR REST API Reader, SignalR REST API Owner or SignalR Service Owner"),
        (ops.ACCESS_KEY, "SignalR App Server or SignalR Service Owner"),
    ],
)
def test_an_identity_that_is_refused_is_told_the_role_and_where_to_grant_it(
    service: LoopbackService, operation: Operation, roles: str
) -> None:
    service.answer = Answer(403, TEXT, b"No data action.")
    transport = Transport(service.endpoint, IdentityCredential(EntraId(Clock())))
    with pytest.raises(errors.PermissionDeniedError) as failed:
        transport.send(operation)
    transport.close()
    told = f"{operation.name} needs the role {roles}; grant it to the identity in the Azure portal"
    assert told in failed.value.detail
    # An answer to HEAD has no text.
    assert failed.value.detail.startswith("No data action") == (operation.method != "HEAD")


def test_a_bundle_of_certificates_that_is_not_there_is_named(
    service: LoopbackService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    transport = make_transport(service.endpoint)
    with pytest.raises(NoResponseError, match=r"the CA bundle /nowhere/bundle\.pem of REQUESTS_CA_BUNDLE"):
        transport.send(SEND)


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [("http://", "the proxy that the environment names"), ("http://127.0.0.1:1", "the proxy refused")],
)
def test_a_proxy_that_does_not_work_is_named(proxy: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", proxy)
    transport = Transport("https://aaa.service.example", AccessKeyCredential(KEY), retry=RetryPolicy(max_attempts=1))
    with pytest.raises(NoResponseError, match=reason) as failed:
        transport.send(SEND)
    transport.close()
    assert not failed.value.may_have_arrived


def test_a_transport_that_another_thread_closes_under_a_call_opens_anew(
    service: LoopbackService, transport: Transport
) -> None:
    transport.send(SEND)
    transport._pool.get()._connections.close()
    with pytest.raises(NoResponseError, match="no connection could be made") as failed:
        Transport.send(make_once(transport), SEND)
    assert not failed.value.may_have_arrived


def make_once(transport: Transport) -> Transport:
    transport._retry = RetryPolicy(max_attempts=1)
    return transport


GONE = Answer(404, {"x-ms-error-code": "Warning.Connection.NotExisted"})


@pytest.mark.parametrize(("first", "is_closed"), [(Answer(0), True), (Answer(500), True), (Answer(429), False)])
def test_a_connection_that_is_gone_after_an_unclear_close_was_closed_by_it(
    service: LoopbackService, first: Answer, is_closed: bool
) -> None:
    service.answers = [first, GONE]
    transport = Transport(service.endpoint, AccessKeyCredential(KEY), sleep=lambda _: None)
    close = ops.close_connection(AT, "c")
    if is_closed:
        assert transport.send(close) == b""
    else:
        with pytest.raises(errors.ResourceNotFoundError):
            transport.send(close)
    service.answers = [GONE]
    with pytest.raises(errors.ResourceNotFoundError):
        transport.send(close)
    transport.close()
