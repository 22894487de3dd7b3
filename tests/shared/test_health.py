"""Health: when an endpoint is probed, and that a close ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from shared import HttpResponseError, NoResponseError
from shared.health import Health, is_healthy
from shared.transport import Transport
from tests.shared.loopback import Answer, LoopbackService
from tests.shared.test_credentials import Clock


@pytest.fixture
def service() -> Iterator[LoopbackService]:
    with LoopbackService(Answer(200)) as running:
        yield running


def eventually(condition: Callable[[], bool]) -> bool:
    waiting = threading.Event()
    return any(condition() or waiting.wait(0.01) for _ in range(1000))


@pytest.mark.parametrize(
    ("status", "healthy"), [(200, True), (204, True), (401, True), (404, True), (500, False), (503, False), (0, False)]
)
def test_a_service_is_healthy_unless_it_fails_or_is_silent(
    service: LoopbackService, status: int, healthy: bool
) -> None:
    service.answer = Answer(status)
    health = Health(service.endpoint)
    assert is_healthy(health._transport) is healthy
    health.close()


def test_a_healthy_endpoint_is_probed_at_first_and_every_two_minutes(service: LoopbackService) -> None:
    clock = Clock(1000)
    health = Health(service.endpoint, clock=clock)
    for probes in (1, 2):
        assert health.is_online()
        assert eventually(lambda: len(service.requests) == probes and not health._probing.locked())  # noqa: B023
        clock.now += 119
        assert health.is_online()
        assert len(service.requests) == probes
        clock.now += 1
    health.close()


def test_a_probe_finds_an_endpoint_that_is_out_before_a_call_does(
    service: LoopbackService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.health.PROBE_AGAIN_SECONDS", 0.01)
    service.answer = Answer(503)
    health = Health(service.endpoint)
    assert eventually(lambda: not health.is_online())
    service.answer = Answer(200)
    assert eventually(health.is_online)
    health.close()


def test_what_is_the_callers_fault_leaves_an_endpoint_online(service: LoopbackService) -> None:
    health = Health(service.endpoint)
    for error in (None, HttpResponseError(400), HttpResponseError(429)):
        health.saw(error)
        assert health.is_online()
    health.close()


def test_no_probe_runs_after_a_close(service: LoopbackService) -> None:
    health = Health(service.endpoint)
    service.answer = Answer(503)
    health.saw(NoResponseError("send_to_all", service.endpoint, "lost"))
    health.close()
    assert eventually(lambda: not health._probing.locked())
    asked = len(service.requests)
    assert not health.is_online()
    assert len(service.requests) == asked


def test_a_probe_is_short(service: LoopbackService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.health.PROBE_TIMEOUT_SECONDS", 0.05)
    released = threading.Event()
    service.answer = Answer(hold=released)
    transport: Transport = Health(service.endpoint)._transport
    assert not is_healthy(transport)
    released.set()
    transport.close()
