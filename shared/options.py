"""Options: what a client can be told beyond where its service is, checked."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TypedDict, get_args

from shared.errors import InvalidParameterError
from shared.operation import ApiVersion
from shared.retry import RetryPolicy


class ClientOptions(TypedDict, total=False):
    """Keywords of the client, in every way to make one.

    `connect_timeout` (5.0) and `read_timeout` (30.0) are in seconds, of each attempt; `retry` is a RetryPolicy; with
    `api_version` "2024-12-01" all calls go to that version, with "1.0", the default, those that 1.0 knows go there.
    """

    connect_timeout: float
    read_timeout: float
    retry: RetryPolicy
    api_version: ApiVersion


@dataclass(frozen=True, slots=True)
class Options:
    """ClientOptions with their defaults; InvalidParameterError names the one at fault."""

    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    retry: RetryPolicy = RetryPolicy()  # noqa: RUF009 - frozen
    api_version: ApiVersion = "1.0"

    def __post_init__(self) -> None:
        _check_seconds("connect_timeout", self.connect_timeout)
        _check_seconds("read_timeout", self.read_timeout)
        if not isinstance(self.retry, RetryPolicy):
            raise InvalidParameterError("retry", "must be a RetryPolicy")
        if self.api_version not in get_args(ApiVersion):
            raise InvalidParameterError("api_version", f"must be one of {', '.join(get_args(ApiVersion))}")


def _check_seconds(parameter: str, value: float) -> None:
    if not isinstance(value, (int, float)) or not 0 < value <= threading.TIMEOUT_MAX:
        raise InvalidParameterError(parameter, "must be a number of seconds above 0")
