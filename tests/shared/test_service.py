"""The service: one client for the whole process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared import InvalidParameterError, InvalidSettingsError, Message
from shared import service as service_module
from shared.service import current_settings, service_client
from tests.shared.loopback import LoopbackService
from tests.shared.test_credentials import KEY


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackService]:
    monkeypatch.delenv("AzureSignalRConnectionString__serviceUri", raising=False)
    with LoopbackService() as running:
        monkeypatch.setenv("AzureSignalRConnectionString", f"Endpoint={running.endpoint};AccessKey={KEY}")
        forget()
        yield running
        forget()


def forget() -> None:
    current_settings.cache_clear()
    service_module._first_client.cache_clear()
    service_client.cache_clear()


def test_all_hubs_share_one_connection(service: LoopbackService) -> None:
    service_client("chat").send_to_all(Message("t"))
    service_client("News").send_to_all(Message("t"))
    assert [request.path for request in service.requests] == ["/api/v1/hubs/chat", "/api/v1/hubs/news"]
    assert len({request.peer for request in service.requests}) == 1
    service_client("chat").close()


def test_threads_that_come_first_at_once_get_one_client(service: LoopbackService) -> None:
    ready = threading.Barrier(8)

    def first(_: int) -> object:
        ready.wait(10)
        return service_client("chat")._sender

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(first, range(8)))) == 1


def test_a_wrong_hub_is_refused(service: LoopbackService) -> None:
    with pytest.raises(InvalidParameterError, match="no hyphen"):
        service_client("my-hub")


def test_wrong_settings_are_told_and_can_be_mended(service: LoopbackService, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setenv("NEGOTIATE_AUTH", "magic")
        with pytest.raises(InvalidSettingsError, match="NEGOTIATE_AUTH"):
            service_client("chat")
    assert service_client("chat").hub == "chat"
