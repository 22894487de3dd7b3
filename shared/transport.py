"""The transport: the one place where a REST call is signed, sent and, where that is safe, sent again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, Union

from shared.answers import judged
from shared.credentials import IdentityCredential, RequestCredential
from shared.errors import HttpResponseError, MessageTooLargeError, NoResponseError
from shared.operation import Operation
from shared.per_process import PerProcess
from shared.retry import RetryPolicy, is_repeated_after_status, retry_after_seconds
from shared.telemetry import log_call, request_span

if TYPE_CHECKING:
    from shared.pool import Pool, Response

Outcome: TypeAlias = Union["Response", NoResponseError]

# The service's limit for the request line and all headers, in bytes.
HEADERS_LIMIT = 16 * 1024
_USER_AGENT = "signalr-serverless-python"


@dataclass(slots=True)
class _Call:
    """One call while it runs: how its attempts ended so far, and when it must end on the monotonic clock."""

    operation: Operation
    path_and_query: str
    deadline: float
    token: str | None = None
    is_renewed: bool = False
    may_be_done: bool = False
    earlier: list[str] = field(default_factory=list)


class Transport:
    """A pool of connections to one service endpoint, shared by the clients of all its hubs; thread-safe.

    The pool is made at the first call, and made anew after `close` and in a forked process. Without a credential
    requests carry no token. Timeouts are in seconds.
    """

    def __init__(
        self,
        endpoint: str,
        credential: RequestCredential | None,
        *,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        retry: RetryPolicy | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint = endpoint
        self._credential = credential
        self._timeout = (connect_timeout, read_timeout)
        self._retry = retry or RetryPolicy()
        self._sleep = sleep
        self._pool = PerProcess(self._new_pool)

    def send(self, operation: Operation) -> bytes | None:
        """Return the body of a successful answer, or None where the answer says "absent"; raise for all else."""
        started = time.monotonic()
        call = _Call(operation, operation.path_and_query, started + self._retry.deadline)
        status: int | None = None
        try:
            outcome = self._attempted(call)
            while (delay := self._delay_before_next(call, outcome)) is not None:
                call.earlier.append(_told(outcome))
                call.may_be_done = call.may_be_done or _may_be_done(outcome)
                self._sleep(delay)
                outcome = self._attempted(call)
            status = None if isinstance(outcome, NoResponseError) else outcome.status
        finally:
            log_call(operation, status, call.earlier, time.monotonic() - started)
        return self._result(call, outcome)

    def close(self) -> None:
        pool = self._pool.take()
        if pool is not None:
            pool.close()

    def _attempted(self, call: _Call) -> Outcome:
        """One request and its answer, or why there is none."""
        from urllib3.exceptions import HTTPError

        operation, url = call.operation, self.endpoint + call.operation.path
        headers = self._headers(call, url)
        with request_span(operation, url, len(call.earlier), headers) as span:
            try:
                response = self._request(call, headers)
            except HTTPError as exc:
                span.failed(exc)
                return self._no_response(operation, exc)
            span.answered(response.status)
            return response

    def _request(self, call: _Call, headers: dict[str, str]) -> Response:
        left = max(0.001, call.deadline - time.monotonic())
        connect, read = self._timeout
        return self._pool.get().request(
            call.operation.method,
            call.path_and_query,
            call.operation.body,
            headers,
            timeout=(min(connect, left), min(read, left)),
            deadline=call.deadline,
        )

    def _headers(self, call: _Call, url: str) -> dict[str, str]:
        headers = {"User-Agent": _USER_AGENT}
        if self._credential is not None:
            call.token = self._credential.token_for(url)
            headers["Authorization"] = f"Bearer {call.token}"
        if call.operation.body is not None:
            headers["Content-Type"] = call.operation.content_type
        size = len(call.path_and_query) + sum(len(name) + len(value) + 4 for name, value in headers.items())
        if size > HEADERS_LIMIT:
            raise MessageTooLargeError(size, HEADERS_LIMIT, "URL with headers")
        return headers

    def _delay_before_next(self, call: _Call, outcome: Outcome) -> float | None:
        """Seconds to wait before the next attempt, or None where this outcome is the last."""
        attempts = len(call.earlier) + 1
        if isinstance(outcome, NoResponseError):
            retry_after, is_repeated = None, call.operation.is_idempotent or not outcome.may_have_arrived
        elif outcome.status == 401:
            return self._delay_before_renewed(call)
        else:
            retry_after = retry_after_seconds(outcome.headers)
            is_repeated = is_repeated_after_status(
                outcome.status, retry_after, is_idempotent=call.operation.is_idempotent
            )
        if not is_repeated or attempts >= self._retry.max_attempts:
            return None
        delay = self._retry.delay(attempts, retry_after, random.random())  # noqa: S311 - no secret depends on it
        return delay if time.monotonic() + delay < call.deadline else None

    def _delay_before_renewed(self, call: _Call) -> float | None:
        """A refused token is renewed once: 401 means that nothing was done, so that a send may go again too."""
        if call.is_renewed or call.token is None or self._credential is None:
            return None
        call.is_renewed = True
        return 0.0 if self._credential.renew(call.token) else None

    def _result(self, call: _Call, outcome: Outcome) -> bytes | None:
        if isinstance(outcome, NoResponseError):
            outcome.earlier = tuple(call.earlier)
            raise outcome
        try:
            return judged(
                call.operation,
                outcome,
                by_identity=isinstance(self._credential, IdentityCredential),
                may_be_done=call.may_be_done,
            )
        except HttpResponseError as error:
            error.earlier = tuple(call.earlier)
            raise

    def _no_response(self, operation: Operation, exc: Exception) -> NoResponseError:
        from shared.no_response import no_response_error

        return no_response_error(operation.name, self.endpoint, exc, self._timeout)

    def _new_pool(self) -> Pool:
        from shared.pool import Pool

        return Pool(self.endpoint)


def _told(outcome: Outcome) -> str:
    return outcome.reason if isinstance(outcome, NoResponseError) else str(outcome.status)


def _may_be_done(outcome: Outcome) -> bool:
    """Whether an attempt that is repeated may have done its work all the same: not where it was refused (401, 429)."""
    if isinstance(outcome, NoResponseError):
        return outcome.may_have_arrived
    return outcome.status == 408 or outcome.status >= 500
