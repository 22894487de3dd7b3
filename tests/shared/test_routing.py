"""Routing: who of several service endpoints gets a call, what their answers make together, and how one comes back."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from shared import (
    HttpResponseError,
    InvalidConnectionStringError,
    InvalidParameterError,
    Message,
    NoResponseError,
    ResourceNotFoundError,
    RetryPolicy,
    SignalRServiceClient,
)
from shared.endpoint import Endpoint
from shared.errors import EndpointsFailedError
from shared.health import Health
from shared.operation import HubPaths
from shared.options import Options
from shared.per_process import PerProcess
from shared.resource import Resource
from shared.results import EndpointResult, GroupMember
from shared.routing import Route, RoutedEndpoint, Router
from tests.shared.loopback import Answer, LoopbackService, Request
from tests.shared.test_credentials import KEY, Clock, EntraId

HI = Message("t")
ONCE = RetryPolicy(max_attempts=1)
HEALTH = "/api/health?api-version=2024-12-01"
NOT_HERE = Answer(404, {"x-ms-error-code": "Error.Connection.NotExisted"})

Make = Callable[..., SignalRServiceClient]


@pytest.fixture
def services() -> Iterator[list[LoopbackService]]:
    with ExitStack() as stack:
        yield [stack.enter_context(LoopbackService()) for _ in range(3)]


@pytest.fixture
def client(services: list[LoopbackService]) -> Iterator[SignalRServiceClient]:
    """One primary, one primary of three times its weight, one secondary."""
    with SignalRServiceClient.from_connection_strings(
        [
            text(services[0]),
            RoutedEndpoint(text(services[1]), weight=3),
            RoutedEndpoint(text(services[2]), secondary=True),
        ],
        hub="chat",
        retry=ONCE,
    ) as made:
        made.get_client_access_token()
        # The probes that a first call begins have ended: what a test changes is seen by its own calls first.
        assert eventually(lambda: all(probes(service) for service in services) and not probing())
        yield made


@pytest.fixture(autouse=True)
def _probes_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.health.PROBE_AGAIN_SECONDS", 0.02)


def text(service: LoopbackService) -> str:
    return f"Endpoint={service.endpoint};AccessKey={KEY}"


def calls(service: LoopbackService) -> list[str]:
    return [f"{request.method} {request.path}" for request in service.requests if request.path != HEALTH]


def probes(service: LoopbackService) -> list[Request]:
    return [request for request in service.requests if request.path == HEALTH]


def probing() -> bool:
    return any(thread.name == "signalr-health" for thread in threading.enumerate())


def eventually(condition: Callable[[], bool]) -> bool:
    waiting = threading.Event()
    return any(condition() or waiting.wait(0.01) for _ in range(1000))


def chosen(client: SignalRServiceClient, services: Sequence[LoopbackService], times: int) -> Counter[int]:
    urls = Counter(client.get_client_access_token().url for _ in range(times))
    return Counter({at: urls[f"{service.endpoint}/client/?hub=chat"] for at, service in enumerate(services)})


def take_out(client: SignalRServiceClient, service: LoopbackService) -> None:
    service.answer = Answer(503)
    with pytest.raises(EndpointsFailedError):
        client.send_to_all(HI)


def test_a_send_goes_to_all_endpoints(client: SignalRServiceClient, services: list[LoopbackService]) -> None:
    client.for_hub("news").send_to_user("ann", HI)
    assert [calls(service) for service in services] == [["POST /api/v1/hubs/news/users/ann"]] * 3


def test_clients_go_to_primaries_in_proportion_to_their_weight(
    client: SignalRServiceClient, services: list[LoopbackService]
) -> None:
    found = chosen(client, services, 1000)
    assert found[2] == 0
    assert 150 < found[0] < 350


def test_a_send_that_fails_somewhere_raises_with_a_result_for_each(
    client: SignalRServiceClient, services: list[LoopbackService]
) -> None:
    services[1].answer = Answer(400)
    with pytest.raises(EndpointsFailedError, match="send_to_all failed at some of 3") as failed:
        client.send_to_all(HI)
    assert [result.endpoint for result in failed.value.results] == [service.endpoint for service in services]
    assert failed.value.results[0] == EndpointResult(services[0].endpoint)
    assert isinstance(failed.value.results[1].error, HttpResponseError)
    # That was no sickness of the endpoint.
    assert chosen(client, services, 200)[1] > 0


def test_an_endpoint_that_fails_is_left_out_and_probed_without_a_token_until_it_is_back(
    client: SignalRServiceClient, services: list[LoopbackService]
) -> None:
    take_out(client, services[1])
    assert chosen(client, services, 100)[1] == 0
    client.send_to_all(HI)
    assert len(calls(services[1])) == 1
    assert eventually(lambda: len(probes(services[1])) > 2)
    assert all(probe.method == "HEAD" and "authorization" not in probe.headers for probe in probes(services[1]))
    services[1].answer = Answer(200)
    assert eventually(lambda: chosen(client, services, 20)[1] > 0)
    client.send_to_all(HI)
    assert len(calls(services[1])) == 2


def test_without_a_primary_clients_go_to_a_secondary(
    client: SignalRServiceClient, services: list[LoopbackService]
) -> None:
    services[0].answer = services[1].answer = Answer(503)
    with pytest.raises(EndpointsFailedError):
        client.send_to_all(HI)
    assert chosen(client, services, 20) == Counter({2: 20, 0: 0, 1: 0})


def test_where_no_endpoint_is_known_to_be_online_all_are_tried(
    client: SignalRServiceClient, services: list[LoopbackService]
) -> None:
    for service in services:
        service.answer = Answer(0)
    for _ in range(2):
        with pytest.raises(EndpointsFailedError) as failed:
            client.send_to_all(HI)
        assert [type(result.error) for result in failed.value.results] == [NoResponseError] * 3
    assert sum(chosen(client, services, 20).values()) == 20


def test_a_yes_of_one_endpoint_is_a_yes(client: SignalRServiceClient, services: list[LoopbackService]) -> None:
    for service in services:
        service.answer = Answer(404)
    assert not client.user_exists("ann")
    services[2].answer = Answer(200)
    assert client.user_exists("ann")


def test_without_a_yes_no_is_known_only_where_all_have_answered(
    client: SignalRServiceClient, services: list[LoopbackService]
) -> None:
    services[0].answer, services[1].answer, services[2].answer = Answer(404), Answer(404), Answer(500)
    with pytest.raises(EndpointsFailedError):
        client.group_exists("g")


def test_an_order_for_a_connection_is_done_by_the_endpoint_that_has_it(
    client: SignalRServiceClient, services: list[LoopbackService]
) -> None:
    services[0].answer = services[2].answer = NOT_HERE
    client.add_connection_to_group("g", "c")
    services[1].answer = NOT_HERE
    with pytest.raises(ResourceNotFoundError):
        client.add_connection_to_group("g", "c")
    services[1].answer = Answer(400)
    with pytest.raises(HttpResponseError) as failed:
        client.add_connection_to_group("g", "c")
    assert failed.value.status_code == 400


def test_listing_lists_all_endpoints_one_after_the_other(
    client: SignalRServiceClient, services: list[LoopbackService]
) -> None:
    for at, service in enumerate(services):
        page = json.dumps({"value": [{"connectionId": f"c{at}"}, {"connectionId": f"d{at}", "userId": "u"}]})
        service.answer = Answer(200, {}, page.encode())
    listed = list(client.list_connections_in_group("g"))
    assert listed[:2] == [GroupMember("c0"), GroupMember("d0", "u")]
    assert [member.connection_id for member in listed] == ["c0", "d0", "c1", "d1", "c2", "d2"]
    assert len(list(client.list_connections_in_group("g", top=3))) == 3


def test_the_clients_health_is_that_of_its_best_endpoint(
    client: SignalRServiceClient, services: list[LoopbackService]
) -> None:
    assert client.health()
    for service in services:
        service.answer = Answer(503)
    assert not client.health()


def test_one_endpoint_alone_fails_with_its_own_error(services: list[LoopbackService]) -> None:
    services[0].answer = Answer(400)
    with (
        SignalRServiceClient.from_connection_strings([text(services[0])], hub="chat") as client,
        pytest.raises(HttpResponseError) as failed,
    ):
        client.send_to_all(HI)
    assert failed.value.status_code == 400


def test_all_endpoints_are_named_and_no_key_is_shown(
    client: SignalRServiceClient, services: list[LoopbackService]
) -> None:
    endpoints = ", ".join(service.endpoint for service in services)
    assert repr(client) == f"SignalRServiceClient({endpoints}, hub='chat')"
    assert KEY not in repr(RoutedEndpoint(text(services[0])))


@pytest.mark.parametrize("endpoints", [[], "Endpoint=https://aaa;AccessKey=b", RoutedEndpoint("x"), None])
def test_endpoints_are_a_list(endpoints: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"^endpoints must be a list"):
        SignalRServiceClient.from_connection_strings(endpoints, hub="chat")


@pytest.mark.parametrize("weight", [0, -1, 1.5, True, "2"])
def test_a_weight_is_a_whole_number(weight: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"^weight must be"):
        RoutedEndpoint("x", weight=weight)


def test_a_wrong_connection_string_among_them_is_named() -> None:
    with pytest.raises(InvalidConnectionStringError, match="Endpoint is missing"):
        SignalRServiceClient.from_connection_strings(["AccessKey=b;Version=1.0"], hub="chat")


def test_a_client_token_comes_from_another_endpoint_where_the_chosen_one_does_not_answer(
    services: list[LoopbackService],
) -> None:
    key = json.dumps({"AccessKey": KEY, "KeyId": "k1"}).encode()
    services[0].answer, services[1].answer = Answer(0), Answer(200, {}, key)
    options = Options(retry=ONCE)
    routes = [
        Route(
            RoutedEndpoint(""),
            Resource(Endpoint.parse(service.endpoint), EntraId(Clock(time.time())), options),
            PerProcess(partial(Health, service.endpoint)),
        )
        for service in services[:2]
    ]
    router = Router(routes, choose=lambda candidates, **_: [candidates[0]])
    access = router.client_access_token(HubPaths("chat"), "ann", timedelta(hours=1), None)
    assert access.url == f"{services[1].endpoint}/client/?hub=chat"
    services[1].answer = Answer(0)
    with pytest.raises(NoResponseError):
        Router(routes[:1]).client_access_token(HubPaths("chat"), "ann", timedelta(hours=1), None)
    router.close()
