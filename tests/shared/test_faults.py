"""Faults: whatever happens on the way, no message arrives twice, and none is lost without an error."""

from __future__ import annotations

import itertools
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from shared import (
    AccessKeyCredential,
    HttpResponseError,
    Message,
    NoResponseError,
    RetryPolicy,
    SignalRServiceClient,
    SignalRServiceError,
)
from shared import operations as ops
from shared.operation import HubPaths
from shared.transport import Transport
from tests.shared.fault_server import DELIVERING, FAULTS, FaultServer
from tests.shared.test_credentials import KEY

QUICK = RetryPolicy(max_attempts=4, base_delay=0.001, max_delay=0.01, deadline=20)
PATIENT = RetryPolicy(max_attempts=50, base_delay=0.001, max_delay=0.01, deadline=20)
REFUSED_UNPROCESSED = {"429", "429 with Retry-After", "503 with Retry-After"}


def scripted(*faults: str) -> Callable[[], str]:
    """These faults, one a request, and then none."""
    script = iter(faults)
    return lambda: next(script, "ok")


def at_random(seed: int, share: float, *, slow_ones: int) -> Callable[[], str]:
    chance, guard, slow = random.Random(seed), threading.Lock(), itertools.count()  # noqa: S311 - to be the same each time

    def next_fault() -> str:
        with guard:
            fault = chance.choice(FAULTS) if chance.random() < share else "ok"
            # Each of them costs a whole read timeout.
            return "ok" if fault == "slow" and next(slow) >= slow_ones else fault

    return next_fault


@contextmanager
def running(next_fault: Callable[[], str], retry: RetryPolicy) -> Iterator[tuple[FaultServer, SignalRServiceClient]]:
    with FaultServer(next_fault) as server:
        client = SignalRServiceClient(server.endpoint, "chat", AccessKeyCredential(KEY), read_timeout=0.2, retry=retry)
        with client:
            yield server, client


def outcome(client: SignalRServiceClient, name: str) -> SignalRServiceError | None:
    try:
        client.send_to_all(Message("t", [name]))
    except SignalRServiceError as error:
        return error
    return None


def test_of_ten_thousand_sends_none_arrives_twice_and_each_that_does_not_arrive_raises() -> None:
    names = [f"m{number}" for number in range(10_000)]
    with running(at_random(1, 0.2, slow_ones=40), QUICK) as (server, client), ThreadPoolExecutor(16) as threads:
        errors = dict(zip(names, threads.map(lambda name: outcome(client, name), names), strict=True))
    assert {name for name, count in server.delivered.items() if count > 1} == set()
    assert {name for name, error in errors.items() if error is None and not server.delivered[name]} == set()
    # The test would show nothing if nothing had failed, or nothing had arrived in spite of its error.
    kinds = Counter(type(error) for error in errors.values())
    assert kinds[NoResponseError] > 100
    assert kinds[HttpResponseError] > 100
    assert sum(1 for name, error in errors.items() if error and server.delivered[name]) > 100
    assert any(error.earlier for error in errors.values() if isinstance(error, HttpResponseError))


def test_calls_that_may_be_repeated_all_succeed_within_their_deadline() -> None:
    users = [f"u{number}" for number in range(2_000)]
    with running(at_random(2, 0.3, slow_ones=20), PATIENT) as (server, client), ThreadPoolExecutor(16) as threads:
        assert list(threads.map(client.user_exists, users)) == [True] * len(users)
    assert len(server.delivered) == len(users)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_send_goes_again_only_where_it_was_refused_unprocessed(fault: str) -> None:
    with running(scripted(fault), QUICK) as (server, client):
        error = outcome(client, "m")
    assert server.delivered["m"] == (1 if fault in DELIVERING | REFUSED_UNPROCESSED else 0)
    assert (error is None) == (fault in REFUSED_UNPROCESSED)
    assert not isinstance(error, NoResponseError) or error.may_have_arrived


@pytest.mark.parametrize("fault", FAULTS)
def test_a_question_goes_again_after_every_fault(fault: str) -> None:
    with running(scripted("ok", fault, fault), QUICK) as (_, client):
        assert client.user_exists("warm-up")
        assert client.group_exists("g")


def test_a_send_goes_again_where_no_connection_could_be_made() -> None:
    received: list[bytes] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                received.append(connection.recv(65_536))
                connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        answering = threading.Thread(target=answer)

        def open_door(_: float) -> None:
            listener.listen()
            answering.start()

        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        transport = Transport(endpoint, AccessKeyCredential(KEY), sleep=open_door)
        transport.send(ops.send_to_user(HubPaths("chat"), "ann", Message("t")))
        transport.close()
        answering.join(10)
    assert len(received) == 1


def test_a_connection_that_the_service_closed_while_idle_is_replaced_without_an_error() -> None:
    with FaultServer(scripted()) as server:
        client = SignalRServiceClient(server.endpoint, "chat", AccessKeyCredential(KEY))
        assert outcome(client, "first") is None
        # What the service does to a connection that is idle for too long, seen from this side: its end is there.
        connections: Any = client._sender.online()[0].transport._pool.get()._connections.pool
        idle = connections.get_nowait()
        idle.sock.shutdown(socket.SHUT_RDWR)
        connections.put(idle)
        assert outcome(client, "second") is None
        client.close()
    assert (server.delivered, server.connections) == (Counter(first=1, second=1), 2)


def test_a_connection_that_was_idle_for_too_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(scripted()) as server:
        client = SignalRServiceClient(server.endpoint, "chat", AccessKeyCredential(KEY))
        assert outcome(client, "first") is None
        assert outcome(client, "second") is None
        assert server.connections == 1
        monkeypatch.setattr("shared.pool.IDLE_LIMIT_SECONDS", 0.0)
        assert outcome(client, "third") is None
        client.close()
    assert server.connections == 2


def test_what_was_retried_is_in_the_error_and_the_waits_grow() -> None:
    waits: list[float] = []
    with FaultServer(scripted("500", "408", "drop after reading", "503")) as server:
        policy = RetryPolicy(max_attempts=4, base_delay=8, max_delay=20)
        transport = Transport(server.endpoint, AccessKeyCredential(KEY), retry=policy, sleep=waits.append)
        with pytest.raises(
            HttpResponseError, match=r"answered 503: .* \(attempt 4; before: 500, 408, the conn"
        ) as failed:
            transport.send(ops.user_exists(HubPaths("chat"), "ann"))
        transport.close()
    assert len(failed.value.earlier) == 3
    assert all(0 <= wait <= most for wait, most in zip(waits, (8, 16, 20), strict=True))


def test_no_attempt_begins_after_the_deadline() -> None:
    with FaultServer(lambda: "500") as server:
        policy = RetryPolicy(max_attempts=1000, base_delay=0.02, max_delay=0.02, deadline=0.3)
        transport = Transport(server.endpoint, AccessKeyCredential(KEY), retry=policy)
        with pytest.raises(HttpResponseError) as failed:
            transport.send(ops.user_exists(HubPaths("chat"), "ann"))
        transport.close()
    assert 2 < len(failed.value.earlier) < 1000


def test_an_answer_without_an_end_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def flood() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                try:
                    while True:
                        connection.sendall(b"x" * 65_536)
                except OSError:
                    ended.set()

        threading.Thread(target=flood, daemon=True).start()
        transport = Transport(f"http://127.0.0.1:{listener.getsockname()[1]}", AccessKeyCredential(KEY))
        with pytest.raises(NoResponseError, match="no HTTP"):
            transport.send(ops.send_to_user(HubPaths("chat"), "ann", Message("t")))
        transport.close()
        assert ended.wait(10)
