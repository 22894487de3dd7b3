"""Retries: which calls may be repeated, how often and after which wait.

A send is repeated only where the request surely did not reach the service, or was refused unprocessed. Everything else
(existence, groups, users, listing, tokens, health) has the same effect when it is done twice.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields

from shared.errors import InvalidParameterError

_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS, _SERVICE_UNAVAILABLE = 408, 429, 503


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient a call is; all times are in seconds.

    Waits double from `base_delay` on, up to `max_delay`, and each is a random part of that (full jitter). A
    `Retry-After` of the service is waited for instead, up to `max_delay`. No attempt begins after `deadline`, and the
    last one is cut short by it. `max_attempts` counts the first one; 1 means no retries.
    """

    max_attempts: int = 4
    base_delay: float = 0.5
    max_delay: float = 30.0
    deadline: float = 100.0

    def __post_init__(self) -> None:
        if not isinstance(self.max_attempts, int) or self.max_attempts < 1:
            raise InvalidParameterError("max_attempts", "must be a whole number of at least 1")
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if not isinstance(value, (int, float)) or not 0 <= value < math.inf:
                raise InvalidParameterError(field.name, "must be a number of seconds, 0 or more")
        if not self.deadline:
            raise InvalidParameterError("deadline", "must be above 0 seconds")

    def delay(self, attempts: int, retry_after: float | None, part: float) -> float:
        """Seconds to wait after so many attempts; `part` is a random number from 0 to 1."""
        if retry_after is not None:
            return min(retry_after, self.max_delay)
        # Beyond 2 ** 1023 there is no float.
        return part * min(self.max_delay, self.base_delay * 2.0 ** min(attempts - 1, 1000))


def is_repeated_after_status(status: int, retry_after: float | None, *, is_idempotent: bool) -> bool:
    """Whether this status is worth another attempt.

    429, and 503 with a time to come back, refuse a request before it is processed. 500 does not: the service answers
    it also after it has delivered to some.
    """
    if status == _TOO_MANY_REQUESTS or (status == _SERVICE_UNAVAILABLE and retry_after is not None):
        return True
    return is_idempotent and (status == _REQUEST_TIMEOUT or status >= 500)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After` (RFC 9110 10.2.3), seconds or a date; None where it is absent or garbage."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    return _seconds_until(text) if text else None


def _seconds_until(date: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
