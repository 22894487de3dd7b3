"""Health: which of several service endpoints answer; one that failed is probed until it is back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from shared import operations
from shared.errors import HttpResponseError, NoResponseError, SignalRServiceError
from shared.retry import RetryPolicy
from shared.telemetry import logger
from shared.transport import Transport

# Those of Azure's own SDK: 2 s for a probe, one every 2 minutes while all is well.
PROBE_TIMEOUT_SECONDS = 2.0
PROBE_EVERY_SECONDS = 120.0
PROBE_AGAIN_SECONDS = 3.0


def is_healthy(transport: Transport) -> bool:
    """Ask for the health of the service: False where it answers 5xx, or nothing answers."""
    try:
        transport.send(operations.HEALTH)
    except NoResponseError:
        return False
    except HttpResponseError as error:
        return error.status_code < 500
    return True


class Health:
    """Whether one endpoint answers, as far as is known; probes run on a thread of their own while they are due."""

    def __init__(self, endpoint: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        once = RetryPolicy(max_attempts=1, deadline=PROBE_TIMEOUT_SECONDS)
        # Without a token: whether the service answers has nothing to do with who asks.
        self._transport = Transport(
            endpoint, None, connect_timeout=PROBE_TIMEOUT_SECONDS, read_timeout=PROBE_TIMEOUT_SECONDS, retry=once
        )
        self._endpoint = endpoint
        self._clock = clock
        self._is_online = True
        self._next_probe = 0.0
        self._probing = threading.Lock()
        self._closed = threading.Event()

    def is_online(self) -> bool:
        """What is known now; begins a probe where one is due."""
        if not self._is_online or self._clock() >= self._next_probe:
            self._begin_probing()
        return self._is_online

    def saw(self, error: SignalRServiceError | None) -> None:
        """Learn from how a call went: an endpoint that failed is out until a probe succeeds."""
        is_failure = isinstance(error, NoResponseError) or (
            isinstance(error, HttpResponseError) and error.status_code >= 500
        )
        if is_failure and self._is_online:
            self._is_online = False
            logger.warning("The service endpoint %s is out, and probed until it is back: %s", self._endpoint, error)
            self._begin_probing()

    def close(self) -> None:
        self._closed.set()
        self._transport.close()

    def _begin_probing(self) -> None:
        if not self._closed.is_set() and self._probing.acquire(blocking=False):
            self._next_probe = self._clock() + PROBE_EVERY_SECONDS
            threading.Thread(target=self._probe, name="signalr-health", daemon=True).start()

    def _probe(self) -> None:
        try:
            while not self._is_back() and not self._closed.wait(PROBE_AGAIN_SECONDS):
                pass
        finally:
            self._next_probe = self._clock() + PROBE_EVERY_SECONDS
            self._probing.release()

    def _is_back(self) -> bool:
        healthy = is_healthy(self._transport)
        if healthy != self._is_online:
            logger.warning("The service endpoint %s is %s", self._endpoint, "back" if healthy else "out")
            self._is_online = healthy
        return healthy
