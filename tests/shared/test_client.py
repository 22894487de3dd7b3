"""The client: its options, its hubs, and client tokens with an access key or an identity."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest

from shared import (
    AccessKeyCredential,
    ClientAuthenticationError,
    HttpResponseError,
    InvalidConnectionStringError,
    InvalidParameterError,
    Message,
    PermissionDeniedError,
    RetryPolicy,
    SignalRServiceClient,
)
from shared import operations as ops
from shared.commands import JoinGroup
from shared.message import StreamItem
from shared.operation import HubPaths, Operation
from shared.results import InvocationResult, Totals
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
        ({"retry": 3}, "retry"),
        ({"api_version": "2023-07-01"}, "api_version"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], parameter: str) -> None:
    given: dict[str, Any] = {"endpoint": "https://aaa", "hub": "chat", "credential": AccessKeyCredential(KEY)}
    with pytest.raises(InvalidParameterError) as refused:
        SignalRServiceClient(**{**given, **options})
    assert refused.value.parameter == parameter


MESSAGE = Message("t")
AT = HubPaths("chat")
ITEM = StreamItem(1)
CALLS: list[tuple[Callable[[SignalRServiceClient], object], Operation]] = [
    (lambda c: c.send_to_all(MESSAGE, excluded=["x"]), ops.send_to_all(AT, MESSAGE, excluded=["x"])),
    (lambda c: c.send_to_user("u", MESSAGE), ops.send_to_user(AT, "u", MESSAGE)),
    (lambda c: c.send_to_group("g", MESSAGE, excluded=["x"]), ops.send_to_group(AT, "g", MESSAGE, excluded=["x"])),
    (lambda c: c.send_to_connection("c", MESSAGE), ops.send_to_connection(AT, "c", MESSAGE)),
    (lambda c: c.connection_exists("c"), ops.connection_exists(AT, "c")),
    (lambda c: c.user_exists("u"), ops.user_exists(AT, "u")),
    (lambda c: c.group_exists("g"), ops.group_exists(AT, "g")),
    (lambda c: c.user_exists_in_group("g", "u"), ops.user_exists_in_group(AT, "g", "u")),
    (lambda c: c.close_connection("c", reason="r"), ops.close_connection(AT, "c", reason="r")),
    (lambda c: c.add_connection_to_group("g", "c"), ops.add_connection_to_group(AT, "g", "c")),
    (lambda c: c.remove_connection_from_group("g", "c"), ops.remove_connection_from_group(AT, "g", "c")),
    (lambda c: c.add_user_to_group("g", "u", ttl=HOUR), ops.add_user_to_group(AT, "g", "u", ttl=HOUR)),
    (lambda c: c.remove_user_from_group("g", "u"), ops.remove_user_from_group(AT, "g", "u")),
    (lambda c: c.remove_user_from_all_groups("u"), ops.remove_user_from_all_groups(AT, "u")),
    (lambda c: c.close_all_connections(reason="r"), ops.close_all_connections(AT, reason="r")),
    (lambda c: c.close_user_connections("u", excluded=["x"]), ops.close_user_connections(AT, "u", excluded=["x"])),
    (lambda c: c.close_group_connections("g", excluded=["x"]), ops.close_group_connections(AT, "g", excluded=["x"])),
    (lambda c: c.remove_connection_from_all_groups("c"), ops.remove_connection_from_all_groups(AT, "c")),
    (
        lambda c: c.send_stream_item("c", "s", 1, completed=True),
        ops.send_stream_item(AT, "c", "s", ITEM, completed=True),
    ),
    (lambda c: c.complete_stream("c", "s", reason="r"), ops.complete_stream(AT, "c", "s", reason="r")),
    (lambda c: c.execute(JoinGroup("g"), where="x"), ops.execute(AT, JoinGroup("g"), where="x")),
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
    assert repr(client_of("Endpoint=https://aaa")) == "SignalRServiceClient(https://aaa, hub='chat')"


def test_a_connection_string_with_an_identity_makes_its_credential() -> None:
    client = SignalRServiceClient.from_connection_string("Endpoint=https://aaa;AuthType=azure.msi", hub="chat")
    assert repr(client._sender.online()[0].credential) == "IdentityCredential(ManagedIdentityCredential)"


def test_a_wrong_connection_string_is_an_error_of_its_own() -> None:
    with pytest.raises(InvalidConnectionStringError, match="Endpoint"):
        SignalRServiceClient.from_connection_string("AccessKey=b;Version=1.0", hub="chat")


def test_with_an_identity_calls_carry_its_raw_token(service: LoopbackService) -> None:
    with SignalRServiceClient(service.endpoint, "chat", EntraId(Clock())) as client:
        client.send_to_all(Message("t"))
    assert service.requests[0].headers["authorization"] == "Bearer token-1"


JSON = {"Content-Type": "application/json"}
CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="The signature key was not found"'}


def token_answer() -> Answer:
    made = jwt.encode({"aud": "x"}, KEY, algorithm="HS256")
    return Answer(200, JSON, f'{{"token":"{made}"}}'.encode())


def test_with_an_identity_client_tokens_are_signed_with_the_exchanged_key(service: LoopbackService) -> None:
    service.answer = Answer(200, JSON, f'{{"AccessKey":"{KEY}","KeyId":"k1"}}'.encode())
    with SignalRServiceClient(service.endpoint, "Chat", EntraId(Clock())) as client:
        first, second = (client.get_client_access_token(user_id="ann", claims={"role": "a"}) for _ in range(2))
    assert first.url == second.url == f"{service.endpoint}/client/?hub=chat"
    claims = decoded(first.token)
    assert (claims["nameid"], claims["role"], claims["aud"]) == ("ann", "a", "http://127.0.0.1/client/?hub=chat")
    assert jwt.get_unverified_header(first.token)["kid"] == "k1"
    assert [(request.path, request.headers["authorization"]) for request in service.requests] == [
        ("/api/auth/accessKey?api-version=2024-12-01", "Bearer token-1")
    ]


def test_an_identity_that_gets_no_key_lets_the_service_make_each_token(service: LoopbackService) -> None:
    with SignalRServiceClient(service.endpoint, "Chat", EntraId(Clock())) as client:
        service.answers = [Answer(403), token_answer(), token_answer()]
        for _ in range(2):
            access = client.get_client_access_token(user_id="ann", lifetime=timedelta(minutes=5))
            assert access.token.startswith("ey")
        with pytest.raises(InvalidParameterError, match=r"^claims need a key to sign with.*SignalR App Server"):
            client.get_client_access_token(claims={"role": "admin"})
    generate = "/api/hubs/chat/:generateToken?userId=ann&minutesToExpire=5&api-version=2024-12-01"
    assert [request.path for request in service.requests[1:]] == [generate] * 2


def test_an_identity_without_any_right_is_told_the_role(service: LoopbackService) -> None:
    service.answer = Answer(403)
    with (
        SignalRServiceClient(service.endpoint, "chat", EntraId(Clock())) as client,
        pytest.raises(
            PermissionDeniedError, match=r"generate_token needs the role SignalR REST API Owner or SignalR Ser"
        ),
    ):
        client.get_client_access_token()


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'"x"', b'{"token":""}', b'{"token":1}', b"<html>", b"\xff"])
def test_an_answer_without_a_token_is_an_error(service: LoopbackService, body: bytes) -> None:
    service.answer = Answer(200, {}, body)
    with client_of(f"Endpoint={service.endpoint}") as client, pytest.raises(HttpResponseError, match="holds no token"):
        client.generate_token()


def test_a_token_that_the_service_refuses_is_renewed_once_even_for_a_send(service: LoopbackService) -> None:
    with SignalRServiceClient(service.endpoint, "chat", EntraId(Clock(time.time()))) as client:
        service.answers = [Answer(401, CHALLENGE)]
        client.send_to_all(Message("t"))
        service.answer = Answer(401, CHALLENGE)
        with pytest.raises(
            ClientAuthenticationError, match=r"The signature key was not found \(attempt 2; before: 401"
        ):
            client.send_to_all(Message("t"))
    tokens = [request.headers["authorization"] for request in service.requests]
    assert tokens == ["Bearer token-1", "Bearer token-2", "Bearer token-2", "Bearer token-3"]


def test_a_key_that_the_service_refuses_is_not_tried_again(service: LoopbackService) -> None:
    service.answer = Answer(401, CHALLENGE)
    with client_of(f"Endpoint={service.endpoint}") as client, pytest.raises(ClientAuthenticationError):
        client.user_exists("ann")
    assert len(service.requests) == 1


def test_the_api_version_can_be_the_newest_for_all_calls(service: LoopbackService) -> None:
    text = f"Endpoint={service.endpoint};AccessKey={KEY}"
    with SignalRServiceClient.from_connection_string(text, hub="chat", api_version="2024-12-01") as client:
        client.for_hub("news").send_to_all(Message("t"))
    assert service.requests[0].path == "/api/hubs/news/:send?api-version=2024-12-01"


def test_a_result_of_a_client_is_any_json(service: LoopbackService) -> None:
    service.answer = Answer(200, JSON, b'{"result":[1,{"a":null}],"protocol":"messagepack"}')
    with client_of(f"Endpoint={service.endpoint}") as client:
        assert client.invoke("c", Message("ask")) == InvocationResult([1, {"a": None}], "messagepack")
        service.answer = Answer(200, JSON, b"{}")
        assert client.invoke("c", Message("ask")) == InvocationResult(None)
        for body in (b"", b"[]", b"<"):
            service.answer = Answer(200, JSON, body)
            with pytest.raises(HttpResponseError, match="no JSON object"):
                client.invoke("c", Message("ask"))


@pytest.mark.parametrize(
    ("call", "paths"),
    [
        (lambda c: c.send_to_users(["a", "b"], MESSAGE), ["users/a", "users/b"]),
        (
            lambda c: c.send_to_groups(["a", "b"], MESSAGE, excluded=["x"]),
            ["groups/a?excluded=x", "groups/b?excluded=x"],
        ),
        (lambda c: c.send_to_connections(["a", "b"], MESSAGE), ["connections/a", "connections/b"]),
        (lambda c: c.add_connections_to_group("g", ["a", "b"]), ["groups/g/connections/a", "groups/g/connections/b"]),
        (
            lambda c: c.add_users_to_group("g", ["a", "b"], ttl=HOUR),
            ["groups/g/users/a?ttl=3600", "groups/g/users/b?ttl=3600"],
        ),
    ],
)
def test_many_targets_are_a_call_each(
    service: LoopbackService, call: Callable[[SignalRServiceClient], Any], paths: list[str]
) -> None:
    with client_of(f"Endpoint={service.endpoint}") as client:
        assert call(client).finish() == Totals(2, 0)
    assert sorted(request.path for request in service.requests) == [f"/api/v1/hubs/chat/{path}" for path in paths]


def test_what_is_wrong_for_all_of_many_targets_is_said_at_once(service: LoopbackService) -> None:
    with client_of(f"Endpoint={service.endpoint}") as client:
        wrong: list[Any] = [
            lambda: client.send_to_users(["a"], "hello"),  # type: ignore[arg-type]  # a caller without a type checker
            lambda: client.send_to_groups(["a"], MESSAGE, excluded=[""]),
            lambda: client.send_to_connections(["a"], MESSAGE, max_in_flight=0),
            lambda: client.add_connections_to_group(" ", ["a"]),
            lambda: client.add_users_to_group("g", ["a"], ttl=timedelta(seconds=-1)),
            lambda: client.add_users_to_group("g", "ann"),
            lambda: client.list_connections_in_group("g", top=0),
        ]
        for call in wrong:
            with pytest.raises(InvalidParameterError):
                call()
    assert service.requests == []


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (500, False), (0, False)])
def test_health_is_a_question_without_a_hub(service: LoopbackService, status: int, healthy: bool) -> None:
    service.answer = Answer(status)
    with SignalRServiceClient(
        service.endpoint, "chat", AccessKeyCredential(KEY), retry=RetryPolicy(max_attempts=1)
    ) as client:
        assert client.health() is healthy
    assert service.requests[0].path == "/api/health?api-version=2024-12-01"


def test_a_client_with_an_identity_needs_no_more_than_90_minutes(service: LoopbackService) -> None:
    service.answer = Answer(200, JSON, f'{{"AccessKey":"{KEY}","KeyId":"k1"}}'.encode())
    with (
        SignalRServiceClient(service.endpoint, "chat", EntraId(Clock())) as client,
        pytest.raises(InvalidParameterError, match=r"^lifetime must be at most 90 minutes"),
    ):
        client.get_client_access_token(lifetime=timedelta(hours=2))
