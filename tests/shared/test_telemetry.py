"""Telemetry: what a span and a log record tell, and that nothing is needed for either."""

from __future__ import annotations

import importlib
import logging
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from shared import AccessKeyCredential, Message, NoResponseError, RetryPolicy, SignalRServiceClient, telemetry
from tests.shared.loopback import Answer, LoopbackService
from tests.shared.test_credentials import KEY


@pytest.fixture
def service() -> Iterator[LoopbackService]:
    with LoopbackService() as running:
        yield running


@pytest.fixture
def client(service: LoopbackService) -> Iterator[SignalRServiceClient]:
    quick = RetryPolicy(base_delay=0.001)
    with SignalRServiceClient(service.endpoint, "chat", AccessKeyCredential(KEY), retry=quick) as made:
        yield made


def test_a_call_that_was_retried_is_one_warning_with_its_story(
    service: LoopbackService, client: SignalRServiceClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    service.answers = [Answer(429), Answer(503, {"Retry-After": "0"})]
    client.send_to_all(Message("t"))
    (record,) = [record for record in caplog.records if record.name == "signalr"]
    assert re.fullmatch(
        r"send_to_all hub=chat status=202 attempts=3 ms=[\d.]+ bytes=29 before=429, 503", record.getMessage()
    )
    fields = vars(record)
    assert (fields["signalr_operation"], fields["signalr_attempts"], fields["signalr_status"]) == (
        "send_to_all",
        3,
        202,
    )


def test_without_open_telemetry_calls_go_on(
    client: SignalRServiceClient, service: LoopbackService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    telemetry.open_telemetry.cache_clear()
    client.send_to_all(Message("t"))
    telemetry.open_telemetry.cache_clear()
    assert "traceparent" not in service.requests[0].headers


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The spans of OpenTelemetry's own SDK, where it is installed."""
    pytest.importorskip("opentelemetry.sdk", reason="opentelemetry-sdk is an optional package")
    sdk, export, memory = (
        importlib.import_module(f"opentelemetry.sdk.trace{module}")
        for module in ("", ".export", ".export.in_memory_span_exporter")
    )
    exporter, provider = memory.InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "open_telemetry", lambda: provider.get_tracer("signalr"))
    yield exporter
    provider.shutdown()


def test_each_request_is_a_span_that_the_service_can_follow(
    spans: Any, service: LoopbackService, client: SignalRServiceClient
) -> None:
    service.answers = [Answer(500)]
    assert client.user_exists("ann")
    failed, good = spans.get_finished_spans()
    assert failed.name == good.name == "HEAD"
    port = int(service.endpoint.rpartition(":")[2])
    assert dict(good.attributes) == {
        "http.request.method": "HEAD",
        "server.address": "127.0.0.1",
        "server.port": port,
        "url.full": f"{service.endpoint}/api/v1/hubs/chat/users/ann",
        "signalr.operation": "user_exists",
        "signalr.hub": "chat",
        "http.request.resend_count": 1,
        "http.response.status_code": 202,
    }
    assert failed.attributes["error.type"] == "500"
    assert not failed.status.is_ok
    for span, request in zip((failed, good), service.requests, strict=True):
        assert request.headers["traceparent"].split("-")[1:3] == [
            f"{span.context.trace_id:032x}",
            f"{span.context.span_id:016x}",
        ]


def test_a_request_without_an_answer_is_a_failed_span(
    spans: Any, service: LoopbackService, client: SignalRServiceClient
) -> None:
    service.answer = Answer(0)
    with pytest.raises(NoResponseError):
        client.send_to_all(Message("t"))
    (span,) = spans.get_finished_spans()
    assert span.attributes["error.type"] == "ProtocolError"
