"""Idempotency: a send that comes twice with one Idempotency-Key is carried out once by this instance."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import azure.functions as func

from http_api.errors import RequestRefusedError, response_for
from shared import InvalidParameterError, SignalRServiceError
from shared.errors import EndpointsFailedError, HttpResponseError, NoResponseError

REMEMBERED_SECONDS = 600
# Each takes some hundred bytes; the oldest give way.
MOST_KEYS = 10_000
HEADER = "idempotency-key"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")

Respond = Callable[[], func.HttpResponse]


@dataclass
class _Record:
    fingerprint: bytes
    expires: float
    response: func.HttpResponse | None = None


class SentOnce:
    """What was answered to each key in the last ten minutes; thread-safe. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, key: str, fingerprint: bytes, respond: Respond) -> func.HttpResponse:
        """What was answered to this key before, else the response, which is kept if the message may have been sent.

        Raises RequestRefusedError: 409 while the first request with the key still runs, 422 for another request.
        """
        with self._lock:
            record = self._known(key, fingerprint)
            if record and record.response:
                return record.response
            record = self._records[key] = _Record(fingerprint, self._clock() + REMEMBERED_SECONDS)
        try:
            record.response = respond()
        except Exception as error:
            if not _may_have_sent(error):
                with self._lock:
                    self._records.pop(key, None)
                raise
            record.response = response_for(error, may_repeat=False)
            raise
        return record.response

    def _known(self, key: str, fingerprint: bytes) -> _Record | None:
        now = self._clock()
        while self._records and (len(self._records) >= MOST_KEYS or next(iter(self._records.values())).expires <= now):
            self._records.popitem(last=False)
        record = self._records.get(key)
        if record is None:
            return None
        if record.fingerprint != fingerprint:
            message = "Idempotency-Key: another request has used this key; take a new key for each message."
            raise RequestRefusedError(422, "IdempotencyKeyReused", message)
        if record.response is None:
            message = "Idempotency-Key: the first request with this key is still being carried out."
            raise RequestRefusedError(409, "StillRunning", message, headers={"Retry-After": "1"})
        return record


_sent_once = SentOnce()


def once(request: func.HttpRequest, respond: Respond) -> func.HttpResponse:
    """The response to a send, which a request with the same Idempotency-Key does not repeat."""
    key = request.headers.get(HEADER)
    if key is None:
        return respond()
    if not _KEY.fullmatch(key):
        raise InvalidParameterError("Idempotency-Key", "must be 1 to 255 visible ASCII characters, without spaces")
    described = f"{request.method} {request.url.partition('?')[0]} {sorted(request.params.items())}\n"
    fingerprint = hashlib.sha256(described.encode("utf-8", "surrogateescape") + request.get_body()).digest()
    return _sent_once.answer(key, fingerprint, respond)


def _may_have_sent(error: Exception) -> bool:
    """Whether clients may have got the message all the same, so that it must not be sent a second time."""
    match error:
        case NoResponseError():
            return error.may_have_arrived
        case HttpResponseError():
            return error.status_code >= 500
        case EndpointsFailedError():
            return True
        case SignalRServiceError() | RequestRefusedError():
            return False
        case _:
            return True
