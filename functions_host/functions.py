"""HTTP functions: what a function app declares, and the request and response that pass between host and worker."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from functions_host.errors import FunctionAppError

FUNCTION_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,127}")


class AuthLevel(Enum):
    """Which keys open a function: none, any key that covers it, or only the master key."""

    ANONYMOUS = "anonymous"
    FUNCTION = "function"
    ADMIN = "admin"


@dataclass(frozen=True)
class HttpFunction:
    """A function with an HTTP trigger; no methods means any method, `route` is without the route prefix."""

    name: str
    route: str
    methods: frozenset[str]
    auth_level: AuthLevel
    trigger_parameter: str

    def allows(self, method: str) -> bool:
        return not self.methods or method in self.methods


@dataclass(frozen=True)
class HttpRequest:
    """A request as the host hands it to a worker: names of headers in lower case, repeated values joined by commas."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    route_values: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class HttpResponse:
    """A function's answer as its worker hands it to the host."""

    status_code: int
    headers: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class FunctionMetadata:
    """A function as a worker lists it: its name and its bindings in function.json's shape, trigger included."""

    name: str
    bindings: Sequence[Mapping[str, Any]]

    @classmethod
    def from_raw_bindings(cls, name: str, raw_bindings: Iterable[str]) -> FunctionMetadata:
        return cls(name, [json.loads(binding) for binding in raw_bindings])

    @property
    def trigger_type(self) -> str:
        return next((str(b["type"]) for b in self.bindings if str(b["type"]).lower().endswith("trigger")), "no trigger")


class Worker(Protocol):
    """What runs the app's own code; `load` comes first, `invoke` may be called by many threads at once."""

    def load(self) -> Sequence[FunctionMetadata]:
        """Import the app and list its functions; raises FunctionAppError."""

    def invoke(self, function: HttpFunction, invocation_id: str, request: HttpRequest) -> HttpResponse:
        """Run one function to its end; raises FunctionFailedError."""

    def close(self) -> None:
        """Take no more invocations; returns without waiting for those that still run."""


def http_functions(functions: Iterable[FunctionMetadata]) -> list[HttpFunction]:
    """The functions with an HTTP trigger, in the order in which the host tries them: by name, case ignored.

    Raises FunctionAppError for a name or a binding that cannot be served.
    """
    served = [_http_function(function) for function in functions if function.trigger_type == "httpTrigger"]
    return sorted(served, key=lambda function: function.name.lower())


def _http_function(function: FunctionMetadata) -> HttpFunction:
    if not FUNCTION_NAME.fullmatch(function.name):
        raise FunctionAppError(
            f"'{function.name}' is not a valid function name: it must begin with a letter and hold at most"
            " 128 letters, digits, '_' and '-'."
        )
    others = sorted(str(b["type"]) for b in function.bindings if b["type"] not in {"httpTrigger", "http"})
    if others:
        raise FunctionAppError(
            f"Function '{function.name}' has a binding of type {', '.join(others)}; this host serves HTTP only."
        )
    trigger = next(binding for binding in function.bindings if binding["type"] == "httpTrigger")
    return HttpFunction(
        name=function.name,
        route=(trigger.get("route") or function.name).strip("/"),
        methods=frozenset(str(method).upper() for method in trigger.get("methods") or ()),
        auth_level=AuthLevel(str(trigger.get("authLevel") or "function").lower()),
        trigger_parameter=trigger["name"],
    )
