"""The exchanged key: fetched once, renewed behind the callers' backs, never used past its end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import jwt
import pytest

from shared import HttpResponseError, InvalidParameterError, NoResponseError, RetryPolicy
from shared.exchanged_key import ExchangedKey, TemporaryKey
from shared.transport import Transport
from tests.shared.loopback import Answer, LoopbackService
from tests.shared.test_credentials import KEY, Clock

MINUTE = 60
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def service() -> Iterator[LoopbackService]:
    with LoopbackService(key_answer("1")) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock(1_700_000_000)


@pytest.fixture
def exchanged(service: LoopbackService, clock: Clock) -> Iterator[ExchangedKey]:
    transport = Transport(service.endpoint, None, retry=RetryPolicy(max_attempts=1))
    yield ExchangedKey(transport, clock=clock)
    transport.close()


def key_answer(key_id: str, **options: Any) -> Answer:
    return Answer(200, JSON, json.dumps({"AccessKey": KEY, "KeyId": key_id}).encode(), **options)


def key_id(key: TemporaryKey | None) -> str:
    assert key is not None
    return str(jwt.get_unverified_header(key.sign({"aud": "x"}, timedelta(minutes=1)))["kid"])


def eventually(condition: Callable[[], bool]) -> bool:
    """Poll, since a refresh runs on a thread of its own."""
    waiting = threading.Event()
    return any(condition() or waiting.wait(0.01) for _ in range(1000))


def test_the_key_is_fetched_once_and_named_in_each_token(service: LoopbackService, exchanged: ExchangedKey) -> None:
    assert key_id(exchanged.signer()) == key_id(exchanged.signer()) == "1"
    assert [(r.method, r.path) for r in service.requests] == [("GET", "/api/auth/accessKey?api-version=2024-12-01")]


def test_threads_that_need_the_first_key_at_once_fetch_one(service: LoopbackService, exchanged: ExchangedKey) -> None:
    ready = threading.Barrier(16)

    def ask(_: int) -> str:
        ready.wait(10)
        return key_id(exchanged.signer())

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(ask, range(16))) == {"1"}
    assert len(service.requests) == 1


def test_after_55_minutes_the_old_key_signs_while_one_refresh_runs(
    service: LoopbackService, exchanged: ExchangedKey, clock: Clock
) -> None:
    exchanged.signer()
    clock.now += 55 * MINUTE - 1
    exchanged.signer()
    assert len(service.requests) == 1
    clock.now += 1
    arrived = threading.Event()
    service.answer = key_answer("2", pause=arrived)
    assert {key_id(exchanged.signer()) for _ in range(20)} == {"1"}
    assert eventually(lambda: len(service.requests) == 2)
    arrived.set()
    assert eventually(lambda: key_id(exchanged.signer()) == "2")
    assert len(service.requests) == 2


def test_a_refresh_that_fails_is_tried_again_and_the_old_key_signs_on(
    service: LoopbackService, exchanged: ExchangedKey, clock: Clock
) -> None:
    exchanged.signer()
    clock.now += 56 * MINUTE
    service.answer = Answer(500)
    assert key_id(exchanged.signer()) == "1"
    assert eventually(lambda: len(service.requests) == 2)
    assert key_id(exchanged.signer()) == "1"
    service.answer = key_answer("2")
    clock.now += 2 * MINUTE
    assert eventually(lambda: key_id(exchanged.signer()) == "2")


def test_no_key_signs_past_its_90_minutes(service: LoopbackService, exchanged: ExchangedKey, clock: Clock) -> None:
    exchanged.signer()
    clock.now += 90 * MINUTE
    service.answer = Answer(500)
    with pytest.raises(HttpResponseError):
        exchanged.signer()
    service.answer = Answer(0)
    with pytest.raises(NoResponseError):
        exchanged.signer()
    service.answer = key_answer("3")
    assert key_id(exchanged.signer()) == "3"


def test_no_token_outlives_its_key(exchanged: ExchangedKey, clock: Clock) -> None:
    key = exchanged.signer()
    assert key is not None
    clock.now += 40 * MINUTE

    def minutes_left(lifetime: timedelta) -> float:
        token = key.sign({"aud": "x"}, lifetime)
        return float((jwt.decode(token, options={"verify_signature": False})["exp"] - clock.now) / MINUTE)

    assert minutes_left(timedelta(minutes=10)) == 10
    assert minutes_left(timedelta(hours=1)) == 50
    with pytest.raises(InvalidParameterError, match=r"^lifetime must be at most 90 minutes"):
        key.sign({"aud": "x"}, timedelta(minutes=91))


def test_an_identity_without_the_right_is_remembered(service: LoopbackService, exchanged: ExchangedKey) -> None:
    service.answer = Answer(403)
    assert exchanged.signer() is None
    assert exchanged.signer() is None
    assert len(service.requests) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"AccessKey":"","KeyId":"1"}', b'{"AccessKey":"a","KeyId":1}'])
def test_an_answer_without_a_key_is_an_error(service: LoopbackService, exchanged: ExchangedKey, body: bytes) -> None:
    service.answer = Answer(200, JSON, body)
    with pytest.raises(HttpResponseError, match="holds no AccessKey"):
        exchanged.signer()
