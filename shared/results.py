"""Results: what calls that answer more than yes or no give back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.errors import SignalRServiceError


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A connection in a group; `user_id` is None for an anonymous client."""

    connection_id: str
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """What a client returned: a JSON value, and the hub protocol it came in (None where the service does not say)."""

    result: Any
    protocol: str | None = None


@dataclass(frozen=True, slots=True)
class EndpointResult:
    """How a call went at one of several service endpoints: `error` is None where it went well."""

    endpoint: str
    error: SignalRServiceError | None = None


@dataclass(frozen=True, slots=True)
class TargetResult:
    """How a call went for one of many targets: `error` is None where it went well."""

    target: str
    error: SignalRServiceError | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """How many targets were served, and how many of them failed."""

    done: int
    failed: int
