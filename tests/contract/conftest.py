"""Fixtures of the contract tests: our client on a hub of its own at a real emulator, and live connections to it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from shared import SignalRServiceClient
from tests.conftest import RunningEmulator
from tests.contract.live_connection import Clients, LiveConnection

Connect = Callable[..., LiveConnection]

_hub_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def clients() -> Iterator[Clients]:
    opened = Clients()
    yield opened
    opened.close()


@pytest.fixture
def client(emulator: RunningEmulator) -> Iterator[SignalRServiceClient]:
    hub = f"contract{next(_hub_numbers)}"
    with SignalRServiceClient.from_connection_string(emulator.connection_string, hub=hub) as made:
        yield made


@pytest.fixture
def connect(client: SignalRServiceClient, clients: Clients) -> Connect:
    """Connects a client to this test's hub; options are those of get_client_access_token."""
    return lambda **options: clients.connect(client.get_client_access_token(**options))
