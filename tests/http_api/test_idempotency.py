"""Idempotency keys: a message that comes twice is sent once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import azure.functions as func
import pytest

from http_api import idempotency
from http_api.errors import RequestRefusedError
from http_api.idempotency import MOST_KEYS, REMEMBERED_SECONDS, SentOnce
from shared import NoResponseError
from shared.errors import EndpointsFailedError, HttpResponseError, InvalidParameterError
from tests.broadcast.app import Configure, call, error
from tests.broadcast.service import AnsweringService

MESSAGE = {"target": "newMessage"}
SEND = "/api/hubs/chat"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "_sent_once", SentOnce())


def key(text: str = "k1") -> dict[str, str]:
    return {"idempotency-key": text}


def accepted() -> func.HttpResponse:
    return func.HttpResponse(status_code=202)


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/api/broadcast", MESSAGE),
        (SEND, MESSAGE),
        ("/api/hubs/chat/users/ada", MESSAGE),
        ("/api/hubs/chat/groups/red", MESSAGE),
        ("/api/hubs/chat/connections/c1", MESSAGE),
        ("/api/hubs/chat/batch", {"operations": [{"operation": "send_to_hub", **MESSAGE}]}),
    ],
)
def test_same_key_is_sent_once_and_answered_alike(
    target: str, body: object, answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    first, second = call("POST", target, body, headers=key()), call("POST", target, body, headers=key())
    assert len(answering_service.requests) == 1
    assert (first.status_code, first.get_body()) == (second.status_code, second.get_body())
    assert call("POST", target, body, headers=key("k2")).status_code == first.status_code
    assert call("POST", target, body).status_code == first.status_code
    assert len(answering_service.requests) == 3


@pytest.mark.parametrize(
    ("target", "body"), [(SEND, {"target": "other"}), (f"{SEND}?excluded=c1", MESSAGE), ("/api/hubs/news", MESSAGE)]
)
def test_key_of_another_request_is_422(
    target: str, body: object, answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    call("POST", SEND, MESSAGE, headers=key())
    assert error(call("POST", target, body, headers=key()))[:2] == (422, "IdempotencyKeyReused")
    assert len(answering_service.requests) == 1


@pytest.mark.parametrize("text", ["", "a b", "k" * 256, "žluť", "a\tb"])
def test_key_that_is_none_is_400_and_named(text: str, configure: Configure) -> None:
    configure()
    status, code, message = error(call("POST", SEND, MESSAGE, headers=key(text)))
    assert (status, code) == (400, "InvalidParameter")
    assert message.startswith("Idempotency-Key must be 1 to 255")


def test_message_that_may_have_been_sent_is_not_sent_again(
    answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    answering_service.status = 500
    assert error(call("POST", SEND, MESSAGE, headers=key()))[0] == 502
    answering_service.status = 202
    assert error(call("POST", SEND, MESSAGE, headers=key()))[0] == 502
    assert len(answering_service.requests) == 1


def test_message_that_was_refused_can_be_sent_with_the_same_key(
    answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    answering_service.status = 401
    assert error(call("POST", SEND, MESSAGE, headers=key()))[0] == 502
    answering_service.status = 202
    assert call("POST", SEND, MESSAGE, headers=key()).status_code == 202


@pytest.mark.parametrize(
    ("failure", "sent_again"),
    [
        (NoResponseError("send", "e", "r", may_have_arrived=False), True),
        (NoResponseError("send", "e", "r", may_have_arrived=True), False),
        (HttpResponseError(429), True),
        (HttpResponseError(500), False),
        (EndpointsFailedError("send", []), False),
        (RequestRefusedError(403, "GrantMissing", ""), True),
        (InvalidParameterError("body", "is wrong"), True),
        (RuntimeError("unforeseen"), False),
    ],
)
def test_what_is_not_known_counts_as_sent(failure: Exception, sent_again: bool) -> None:
    once = SentOnce()

    def fail() -> func.HttpResponse:
        raise failure

    with pytest.raises(type(failure)):
        once.answer("k", b"f", fail)
    assert (once.answer("k", b"f", accepted).status_code == 202) is sent_again


def test_key_is_forgotten_after_ten_minutes() -> None:
    now = [0.0]
    once = SentOnce(lambda: now[0])
    first = once.answer("k", b"f", accepted)
    now[0] = REMEMBERED_SECONDS - 1
    assert once.answer("k", b"f", accepted) is first
    now[0] = REMEMBERED_SECONDS
    assert once.answer("k", b"f", accepted) is not first


def test_oldest_keys_give_way_so_that_memory_stays_bounded() -> None:
    once = SentOnce()
    for number in range(MOST_KEYS + 10):
        once.answer(f"k{number}", b"f", accepted)
    assert len(once._records) <= MOST_KEYS


def test_of_many_at_once_one_is_sent_and_the_others_are_told_to_wait() -> None:
    once = SentOnce()
    running, finish = threading.Event(), threading.Event()
    sent = []

    def slow() -> func.HttpResponse:
        sent.append(1)
        running.set()
        finish.wait(10)
        return accepted()

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(once.answer, "k", b"f", slow)
        running.wait(10)
        for _ in range(5):
            with pytest.raises(RequestRefusedError) as refused:
                once.answer("k", b"f", slow)
            assert (refused.value.status_code, refused.value.headers) == (409, {"Retry-After": "1"})
        finish.set()
        assert first.result(10) is once.answer("k", b"f", slow)
    assert sent == [1]
