"""The invocation context: what a function learns of its call when it has a parameter `context`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import azure.functions as func

_thread_local_storage = threading.local()


@dataclass(frozen=True)
class TraceContext:
    """W3C trace context, from the request's headers."""

    trace_parent: str = ""
    trace_state: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RetryContext:
    """HTTP functions are never retried."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: None = None


class InvocationContext(func.Context):
    """One call of one function."""

    def __init__(self, function_name: str, directory: Path, invocation_id: str, trace_context: TraceContext) -> None:
        self._function_name = function_name
        self._directory = directory
        self._invocation_id = invocation_id
        self._trace_context = trace_context

    @classmethod
    def of(cls, function: str, directory: Path, invocation_id: str, headers: Mapping[str, str]) -> InvocationContext:
        trace_context = TraceContext(headers.get("traceparent", ""), headers.get("tracestate", ""))
        return cls(function, directory, invocation_id, trace_context)

    def run(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        """Call a synchronous function with its invocation id in the thread local storage."""
        _thread_local_storage.invocation_id = self._invocation_id
        try:
            return function(**arguments)
        finally:
            _thread_local_storage.invocation_id = None

    @property
    def invocation_id(self) -> str:
        return self._invocation_id

    @property
    def thread_local_storage(self) -> threading.local:  # type: ignore[override]  # it is an instance, not a type
        return _thread_local_storage

    @property
    def function_name(self) -> str:
        return self._function_name

    @property
    def function_directory(self) -> str:
        return str(self._directory)

    @property
    def trace_context(self) -> TraceContext:  # type: ignore[override]  # the same shape, frozen
        return self._trace_context

    @property
    def retry_context(self) -> RetryContext:  # type: ignore[override]  # the same shape, frozen
        return RetryContext()
