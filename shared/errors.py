"""Errors: one tree for everything that a call of the client library can raise.

SignalRServiceError
├── InvalidConnectionStringError   (ValueError) before any request
├── InvalidSettingsError           (ValueError) before any request
├── InvalidParameterError          (ValueError) before any request
│   └── MessageTooLargeError
├── EndpointsFailedError           of several service endpoints, at least one failed
├── NoResponseError                nothing answered, or the answer broke off
└── HttpResponseError              the service answered, but not with success
    ├── BadRequestError            400
    ├── ClientAuthenticationError  401
    ├── PermissionDeniedError      403
    ├── ResourceNotFoundError      404
    └── RequestTooLargeError       413

No error repeats the value of a connection string or of a setting: a forgotten semicolon would put the key into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from shared.results import EndpointResult


class SignalRServiceError(Exception):
    """The parent of every error of this library."""


class InvalidConnectionStringError(SignalRServiceError, ValueError):
    """A connection string that breaks its grammar; `part` is the part at fault, such as "Endpoint"."""

    def __init__(self, part: str, problem: str) -> None:
        super().__init__(part, problem)
        self.part = part
        self.problem = problem

    def __str__(self) -> str:
        return f"Connection string: {self.part} {self.problem}."


class InvalidSettingsError(SignalRServiceError, ValueError):
    """A setting of the app that is missing or wrong; `setting` is its name, `problem` says what to do."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(setting, problem)
        self.setting = setting
        self.problem = problem

    def __str__(self) -> str:
        return f"Setting {self.setting} {self.problem}."


class InvalidParameterError(SignalRServiceError, ValueError):
    """An argument that the service would refuse; `parameter` is its name, `rule` what holds for it."""

    def __init__(self, parameter: str, rule: str) -> None:
        super().__init__(parameter, rule)
        self.parameter = parameter
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.parameter} {self.rule}."


class MessageTooLargeError(InvalidParameterError):
    """A body, or URL and headers, larger than the service accepts; `size` and `limit` are in bytes."""

    def __init__(self, size: int, limit: int, part: str = "message") -> None:
        super().__init__(part, f"is {size:,} bytes long, and the limit is {limit:,}")
        self.args = (size, limit, part)
        self.size = size
        self.limit = limit


class NoResponseError(SignalRServiceError):
    """Nothing answered at `endpoint`, or the answer broke off.

    `may_have_arrived` is False where the request surely did not reach the service; else, after a read timeout or a
    lost connection, the service may have done what was asked. `earlier` tells how the attempts before ended.
    """

    def __init__(self, operation: str, endpoint: str, reason: str, *, may_have_arrived: bool = True) -> None:
        super().__init__(operation, endpoint, reason)
        self.operation = operation
        self.endpoint = endpoint
        self.reason = reason
        self.may_have_arrived = may_have_arrived
        self.earlier: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.operation}: no answer from {self.endpoint}: {self.reason}{_attempts(self.earlier)}."


class EndpointsFailedError(SignalRServiceError):
    """At least one of several service endpoints failed; `results` has one EndpointResult for each of them."""

    def __init__(self, operation: str, results: Sequence[EndpointResult]) -> None:
        super().__init__(operation, results)
        self.operation = operation
        self.results = tuple(results)

    def __str__(self) -> str:
        failed = "; ".join(f"{result.endpoint}: {result.error}" for result in self.results if result.error)
        return f"{self.operation} failed at some of {len(self.results)} endpoints: {failed}"


class HttpResponseError(SignalRServiceError):
    """An answer that is not success.

    `status_code`, what it said (`detail`: its text, or the reason in `WWW-Authenticate`), its `x-ms-error-code` and
    its `x-ms-request-id` where it had them. `earlier` tells how the attempts before ended.
    """

    # Said where the answer itself says nothing.
    likely_cause: ClassVar[str] = "the answer gave no reason"

    def __init__(
        self, status_code: int, detail: str = "", error_code: str | None = None, *, request_id: str | None = None
    ) -> None:
        super().__init__(status_code, detail, error_code)
        self.status_code = status_code
        self.detail = detail or self.likely_cause
        self.error_code = error_code
        self.request_id = request_id
        self.earlier: tuple[str, ...] = ()

    def __str__(self) -> str:
        code = f" ({self.error_code})" if self.error_code else ""
        return f"The service answered {self.status_code}{code}: {self.detail.rstrip('.')}{_attempts(self.earlier)}."


class BadRequestError(HttpResponseError):
    """400: a parameter or the body is not as the service wants it."""

    likely_cause = "a parameter or the body breaks a rule of the service"


class ClientAuthenticationError(HttpResponseError):
    """401: the token was refused. Also raised where an identity gets no token from Microsoft Entra ID."""

    likely_cause = "the token was refused; check the access key, or the identity, and this machine's clock"


class PermissionDeniedError(HttpResponseError):
    """403: a role of the identity is missing, or the network rules of the service refuse this caller."""

    likely_cause = (
        "the identity lacks a role on the service (SignalR Service Owner, or SignalR REST API Owner), "
        "or the network rules of the service refuse this caller"
    )


class ResourceNotFoundError(HttpResponseError):
    """404: the connection is not there, or the endpoint is no Azure SignalR Service."""

    likely_cause = "there is no such resource; check the endpoint if it should exist"


class RequestTooLargeError(HttpResponseError):
    """413: body or headers are larger than the service accepts."""

    likely_cause = "the request is larger than the service accepts"


_BY_STATUS: dict[int, type[HttpResponseError]] = {
    400: BadRequestError,
    401: ClientAuthenticationError,
    403: PermissionDeniedError,
    404: ResourceNotFoundError,
    413: RequestTooLargeError,
}


def http_response_error(
    status_code: int, detail: str = "", error_code: str | None = None, *, request_id: str | None = None
) -> HttpResponseError:
    """Make the error that belongs to this status."""
    kind = _BY_STATUS.get(status_code, HttpResponseError)
    return kind(status_code, detail, error_code, request_id=request_id)


def _attempts(earlier: tuple[str, ...]) -> str:
    return f" (attempt {len(earlier) + 1}; before: {', '.join(earlier)})" if earlier else ""
