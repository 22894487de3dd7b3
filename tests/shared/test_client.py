"""The client: its options, its hubs, and client tokens with an access key or an identity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest

from shared import (
    AccessKeyCredential,
    HttpResponseError,
    InvalidConnectionStringError,
    InvalidParameterError,
    Message,
    SignalRServiceClient,
)
from shared import operations as ops
from shared.operations import Operation
from tests.shared.loopback import Answer, LoopbackService
from tests.shared.test_credentials import KEY, Clock, EntraId, decoded

HOUR = timedelta(hours=1)


@pytest.fixture
def service() -> Iterator[LoopbackService]:
    with LoopbackService() as running:
        yield running


def client_of(text: str, hub: str = "chat") -> SignalRServiceClient:
    return SignalRServiceClient.from_connection_string(f"{text};AccessKey={KEY}", hub=hub)


@pytest.mark.parametrize(
    ("text", "url", "audience"),
    [
        ("Endpoint=https://aaa", "https://aaa/client/?hub=chat", "https://aaa/client/?hub=chat"),
        (
            "Endpoint=http://localhost;Port=8888",
            "http://localhost:8888/client/?hub=chat",
            "http://localhost/client/?hub=chat",
        ),
        (
            "Endpoint=https://aaa;ClientEndpoint=https://edge:8443/base/;ServerEndpoint=https://bbb",
            "https://edge:8443/base/client/?hub=chat",
            "https://aaa/client/?hub=chat",
        ),
    ],
)
def test_a_client_goes_to_the_client_endpoint_with_a_token_for_the_endpoint(text: str, url: str, audience: str) -> None:
    access = client_of(text, hub="Chat").get_client_access_token(user_id="ann", claims={"role": "admin"})
    assert access.url == url
    claims = decoded(access.token)
    assert (claims["aud"], claims["nameid"], claims["role"]) == (audience, "ann", "admin")


def test_rest_calls_go_to_the_server_endpoint(service: LoopbackService) -> None:
    with client_of(f"Endpoint=https://aaa.invalid;ServerEndpoint={service.endpoint}/base/") as client:
        client.send_to_all(Message("t"))
    (request,) = service.requests
    assert request.path == "/base/api/v1/hubs/chat"
    token = request.headers["authorization"].removeprefix("Bearer ")
    assert decoded(token)["aud"] == f"{service.endpoint}/base/api/v1/hubs/chat"


def test_a_client_for_another_hub_shares_the_connection(service: LoopbackService) -> None:
    with SignalRServiceClient(service.endpoint, "chat", AccessKeyCredential(KEY)) as client:
        client.send_to_all(Message("t"))
        client.for_hub("News").send_to_all(Message("t"))
        assert (client.hub, client.for_hub("News").hub) == ("chat", "news")
    assert [request.path for request in service.requests] == ["/api/v1/hubs/chat", "/api/v1/hubs/news"]
    assert len({request.peer for request in service.requests}) == 1


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"endpoint": "aaa"}, "endpoint"),
        ({"endpoint": None}, "endpoint"),
        ({"hub": "my-hub"}, "hub"),
        ({"credential": KEY}, "credential"),
        ({"client_endpoint": "aaa"}, "client_endpoint"),
        ({"server_endpoint": "https://aaa?x=1"}, "server_endpoint"),
        ({"connect_timeout": 0}, "connect_timeout"),
        ({"read_timeout": -1}, "read_timeout"),
        ({"read_timeout": float("nan")}, "read_timeout"),
        ({"read_timeout": float("inf")}, "read_timeout"),
        ({"read_timeout": None}, "read_timeout"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], parameter: str) -> None:
    given: dict[str, Any] = {"endpoint": "https://aaa", "hub": "chat", "credential": AccessKeyCredential(KEY)}
    with pytest.raises(InvalidParameterError) as refused:
        SignalRServiceClient(**{**given, **options})
    assert refused.value.parameter == parameter


MESSAGE = Message("t")
CALLS: list[tuple[Callable[[SignalRServiceClient], object], Operation]] = [
    (lambda c: c.send_to_all(MESSAGE, excluded=["x"]), ops.send_to_all("chat", MESSAGE, excluded=["x"])),
    (lambda c: c.send_to_user("u", MESSAGE), ops.send_to_user("chat", "u", MESSAGE)),
    (lambda c: c.send_to_group("g", MESSAGE, excluded=["x"]), ops.send_to_group("chat", "g", MESSAGE, excluded=["x"])),
    (lambda c: c.send_to_connection("c", MESSAGE), ops.send_to_connection("chat", "c", MESSAGE)),
    (lambda c: c.connection_exists("c"), ops.connection_exists("chat", "c")),
    (lambda c: c.user_exists("u"), ops.user_exists("chat", "u")),
    (lambda c: c.group_exists("g"), ops.group_exists("chat", "g")),
    (lambda c: c.user_exists_in_group("g", "u"), ops.user_exists_in_group("chat", "g", "u")),
    (lambda c: c.close_connection("c", reason="r"), ops.close_connection("chat", "c", reason="r")),
    (lambda c: c.add_connection_to_group("g", "c"), ops.add_connection_to_group("chat", "g", "c")),
    (lambda c: c.remove_connection_from_group("g", "c"), ops.remove_connection_from_group("chat", "g", "c")),
    (lambda c: c.add_user_to_group("g", "u", ttl=HOUR), ops.add_user_to_group("chat", "g", "u", ttl=HOUR)),
    (lambda c: c.remove_user_from_group("g", "u"), ops.remove_user_from_group("chat", "g", "u")),
    (lambda c: c.remove_user_from_all_groups("u"), ops.remove_user_from_all_groups("chat", "u")),
]


@pytest.mark.parametrize(("call", "operation"), CALLS, ids=[operation.name for _, operation in CALLS])
def test_a_method_sends_the_operation_of_its_name(
    service: LoopbackService, call: Callable[[SignalRServiceClient], object], operation: Operation
) -> None:
    with client_of(f"Endpoint={service.endpoint}") as client:
        assert call(client) is (True if operation.absent_code else None)
    (request,) = service.requests
    assert (request.method, request.path) == (operation.method, operation.path_and_query)
    assert request.body == (operation.body or b"")


def test_a_wrong_parameter_sends_nothing(service: LoopbackService) -> None:
    with client_of(f"Endpoint={service.endpoint}") as client:
        wrong: list[Any] = [
            lambda: client.send_to_user("", Message("t")),
            lambda: client.send_to_group(" ", Message("t")),
            lambda: client.send_to_group("g", Message("t"), excluded=[""]),
            lambda: client.send_to_connection("..", Message("t")),
            lambda: client.connection_exists(""),
            lambda: client.group_exists("x" * 1025),
            lambda: client.add_user_to_group("g", "u", ttl=timedelta(seconds=-1)),
            lambda: client.close_connection("", reason="r"),
        ]
        for call in wrong:
            with pytest.raises(InvalidParameterError):
                call()
    assert service.requests == []


def test_a_client_shows_no_secret() -> None:
    assert repr(client_of("Endpoint=https://aaa")) == "SignalRServiceClient('https://aaa', 'chat')"


def test_a_connection_string_with_an_identity_makes_its_credential() -> None:
    client = SignalRServiceClient.from_connection_string("Endpoint=https://aaa;AuthType=azure.msi", hub="chat")
    assert repr(client._credential) == "IdentityCredential(ManagedIdentityCredential)"


def test_a_wrong_connection_string_is_an_error_of_its_own() -> None:
    with pytest.raises(InvalidConnectionStringError, match="Endpoint"):
        SignalRServiceClient.from_connection_string("AccessKey=b;Version=1.0", hub="chat")


def test_with_an_identity_calls_carry_its_raw_token(service: LoopbackService) -> None:
    with SignalRServiceClient(service.endpoint, "chat", EntraId(Clock())) as client:
        client.send_to_all(Message("t"))
    assert service.requests[0].headers["authorization"] == "Bearer token-1"


def test_with_an_identity_the_service_makes_the_client_token(service: LoopbackService) -> None:
    made = jwt.encode({"aud": "x"}, KEY, algorithm="HS256")
    service.answer = Answer(200, {"Content-Type": "application/json"}, f'{{"token":"{made}"}}'.encode())
    with SignalRServiceClient(service.endpoint, "Chat", EntraId(Clock())) as client:
        access = client.get_client_access_token(user_id="ann", lifetime=timedelta(minutes=5))
    assert (access.url, access.token) == (f"{service.endpoint}/client/?hub=chat", made)
    (request,) = service.requests
    assert (request.method, request.headers["authorization"]) == ("POST", "Bearer token-1")
    assert request.path == "/api/hubs/chat/:generateToken?userId=ann&minutesToExpire=5&api-version=2022-11-01"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'"x"', b'{"token":""}', b'{"token":1}', b"<html>", b"\xff"])
def test_an_answer_without_a_token_is_an_error(service: LoopbackService, body: bytes) -> None:
    service.answer = Answer(200, {}, body)
    with (
        SignalRServiceClient(service.endpoint, "chat", EntraId(Clock())) as client,
        pytest.raises(HttpResponseError, match="holds no token"),
    ):
        client.get_client_access_token()


def test_claims_of_the_apps_own_need_an_access_key(service: LoopbackService) -> None:
    client = SignalRServiceClient(service.endpoint, "chat", EntraId(Clock()))
    with pytest.raises(InvalidParameterError, match="need an access key"):
        client.get_client_access_token(claims={"role": "admin"})
    assert service.requests == []
