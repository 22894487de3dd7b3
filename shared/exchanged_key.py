"""The exchanged key: a key that the service lends to an identity, so that client tokens are signed here.

Source of the times: Azure's own SDK refreshes after 55 minutes, and the service takes such a key for 90.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared import operations
from shared.errors import HttpResponseError, InvalidParameterError, PermissionDeniedError, SignalRServiceError
from shared.per_process import PerProcess
from shared.signing import Signer
from shared.telemetry import logger
from shared.transport import Transport

Clock = Callable[[], float]

REFRESH_SECONDS = 55 * 60
LIFE_SECONDS = 90 * 60
# After a refresh that failed; until then, and until its end, the old key goes on signing.
_PAUSE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class TemporaryKey:
    """Signs until `good_until`, and no token that it signs outlives it; times are in seconds since the epoch."""

    signer: Signer
    fetched_at: float
    clock: Clock = field(repr=False)

    @property
    def good_until(self) -> float:
        return self.fetched_at + LIFE_SECONDS

    def sign(self, claims: Mapping[str, Any], lifetime: timedelta) -> str:
        """Sign the claims and an `exp`, which is at most the end of the key."""
        if lifetime.total_seconds() > LIFE_SECONDS:
            raise InvalidParameterError("lifetime", "must be at most 90 minutes: with Entra ID no key signs for longer")
        exp = min(self.clock() + lifetime.total_seconds(), self.good_until)
        return self.signer.sign({**claims, "exp": int(exp)})


class ExchangedKey:
    """Fetches the key, keeps it, and renews it in the background while the old one still signs; thread-safe."""

    def __init__(self, transport: Transport, *, clock: Clock = time.time) -> None:
        self._transport = transport
        self._clock = clock
        self._key: TemporaryKey | None = None
        self._next_refresh = 0.0
        self._is_denied = False
        self._fetching = PerProcess(threading.Lock)

    def signer(self) -> TemporaryKey | None:
        """Return the key; None where the identity may not have one (403), which is remembered.

        ClientAuthenticationError, NoResponseError and so on where it cannot be fetched for another reason.
        """
        if self._is_denied:
            return None
        key, now = self._key, self._clock()
        if key is None or now >= key.good_until:
            return self._fetched()
        if now >= self._next_refresh:
            self._refresh_in_background()
        return key

    def _fetched(self) -> TemporaryKey | None:
        with self._fetching.get():
            # Threads that waited find what the first one fetched.
            if not self._is_denied and (self._key is None or self._clock() >= self._key.good_until):
                self._fetch()
            return None if self._is_denied else self._key

    def _refresh_in_background(self) -> None:
        lock = self._fetching.get()
        if lock.acquire(blocking=False):
            self._next_refresh = self._clock() + _PAUSE_SECONDS
            threading.Thread(target=self._refresh, args=(lock,), name="signalr-key", daemon=True).start()

    def _refresh(self, lock: threading.Lock) -> None:
        try:
            self._fetch()
        except SignalRServiceError as error:
            logger.warning("The signing key was not renewed and the old one is used on: %s", error)
        finally:
            lock.release()

    def _fetch(self) -> None:
        fetched_at = self._clock()
        try:
            answer = self._transport.send(operations.ACCESS_KEY)
        except PermissionDeniedError as error:
            self._is_denied = True
            logger.info("The service makes each client token, because this identity gets no signing key: %s", error)
            return
        self._key = TemporaryKey(_signer(answer or b""), fetched_at, self._clock)
        self._next_refresh = fetched_at + REFRESH_SECONDS


def _signer(answer: bytes) -> Signer:
    try:
        found = json.loads(answer)
        key, key_id = found["AccessKey"], found["KeyId"]
    except (ValueError, LookupError, TypeError):
        key = key_id = None
    if not isinstance(key, str) or not isinstance(key_id, str) or not key:
        raise HttpResponseError(200, "the answer to access_key holds no AccessKey and KeyId; check the endpoint")
    return Signer(key, key_id)
