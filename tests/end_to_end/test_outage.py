"""The service goes away and comes back: functions say so meanwhile, and work again, as do clients."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.conftest import RunningEmulator
from tests.end_to_end.conftest import NewClient
from tests.end_to_end.function_app import LIMIT_SECONDS, RunningFunctionApp, run_function_app
from tests.processes import ServerProcess

MESSAGE = {"target": "newMessage", "arguments": ["Hello"]}


def start_emulator(port: int = 0) -> ServerProcess:
    return ServerProcess("-m", "emulator", "--port", str(port))


class Outage:
    """An emulator of one's own that can be killed and started again at the same port, and the app in front of it."""

    def __init__(self, emulator: ServerProcess, app: RunningFunctionApp) -> None:
        self._emulator = emulator
        self._port = urlsplit(emulator.address).port or 0
        self.app = app

    def begin(self) -> None:
        self._emulator.process.kill()
        self._emulator.stop()

    def end(self) -> None:
        self._emulator = start_emulator(self._port).__enter__()

    def clean_up(self) -> None:
        self._emulator.stop()


@pytest.fixture
def outage() -> Iterator[Outage]:
    with (
        start_emulator() as emulator,
        run_function_app(RunningEmulator(emulator, emulator.address)) as app,
    ):
        outage = Outage(emulator, app)
        yield outage
        outage.clean_up()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "broadcast", MESSAGE),
        ("POST", "hubs/chat/users/alice", MESSAGE),
        ("GET", "hubs/chat/groups/readers", None),
        ("PUT", "hubs/chat/groups/readers/users/alice", None),
        ("DELETE", "hubs/chat/connections/gone", None),
    ],
)
def test_functions_answer_503_while_the_service_is_gone_and_work_when_it_is_back(
    outage: Outage, method: str, path: str, body: object
) -> None:
    before = outage.app.call(method, path, json=body).status_code
    outage.begin()
    asked = time.monotonic()
    response = outage.app.call(method, path, json=body)
    assert time.monotonic() - asked < LIMIT_SECONDS
    assert response.status_code == 503
    assert response.headers["Content-Type"].startswith("application/json")
    assert response.json()["error"]["code"] == "NoResponse"
    assert "did not answer" in response.json()["error"]["message"]
    outage.end()
    assert outage.app.call(method, path, json=body).status_code == before


def test_negotiate_needs_no_service_and_clients_return_with_it(outage: Outage, new_client: NewClient) -> None:
    client = new_client().connect(outage.app.hub("chat"), reconnectDelays=[100] * 100)
    outage.begin()
    client.expect("reconnecting")
    assert outage.app.call("POST", "hubs/chat/negotiate").status_code == 200
    outage.end()
    client.expect("reconnected")
    outage.app.send("hubs/chat", "back")
    assert client.message() == ["back"]
