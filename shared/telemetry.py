"""Telemetry: one log record per call, and a span per request where OpenTelemetry is installed.

Names of attributes: OpenTelemetry's semantic conventions for HTTP clients.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer  # type: ignore[import-not-found, unused-ignore]  # optional

    from shared.operation import Operation

logger = logging.getLogger("signalr")


def log_call(operation: Operation, status: int | None, earlier: list[str], seconds: float) -> None:
    """One record: at level WARNING where attempts were repeated, else DEBUG; its fields are on the record too."""
    level = logging.WARNING if earlier else logging.DEBUG
    if not logger.isEnabledFor(level):
        return
    fields = {
        "operation": operation.name,
        "hub": operation.hub,
        "status": "no answer" if status is None else status,
        "attempts": len(earlier) + 1,
        "ms": round(seconds * 1000, 1),
        "bytes": len(operation.body or b""),
    }
    before = f" before={', '.join(earlier)}" if earlier else ""
    text = " ".join(f"{name}={value}" for name, value in fields.items()).removeprefix("operation=")
    logger.log(level, "%s%s", text, before, extra={f"signalr_{name}": value for name, value in fields.items()})


class RequestSpan:
    """The span of one request; does nothing where OpenTelemetry is not installed."""

    def __init__(self, span: Span | None = None) -> None:
        self._span = span

    def answered(self, status: int) -> None:
        if self._span is not None:
            self._span.set_attribute("http.response.status_code", status)
            if status >= 400:
                self._failed(str(status))

    def failed(self, error: Exception) -> None:
        if self._span is not None:
            self._failed(type(error).__name__)

    def _failed(self, kind: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        assert self._span is not None
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))


_NO_SPAN = RequestSpan()


@contextmanager
def request_span(operation: Operation, url: str, resends: int, headers: dict[str, str]) -> Iterator[RequestSpan]:
    """Begin a span and put its `traceparent` into the headers; `url` is without query, `resends` counts retries."""
    tracer = open_telemetry()
    if tracer is None:
        yield _NO_SPAN
        return
    from opentelemetry import propagate  # type: ignore[import-not-found, unused-ignore]  # optional
    from opentelemetry.trace import SpanKind

    address = urlsplit(url)
    attributes: dict[str, str | int] = {
        "http.request.method": operation.method,
        "server.address": address.hostname or "",
        "server.port": address.port or {"http": 80, "https": 443}[address.scheme],
        "url.full": url,
        "signalr.operation": operation.name,
        "signalr.hub": operation.hub,
        **({"http.request.resend_count": resends} if resends else {}),
    }
    with tracer.start_as_current_span(operation.method, kind=SpanKind.CLIENT, attributes=attributes) as span:
        propagate.inject(headers)
        yield RequestSpan(span)


@cache
def open_telemetry() -> Tracer | None:
    """The tracer, looked for at the first request; None where opentelemetry-api is not installed."""
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    return trace.get_tracer("signalr")
