"""Fixtures of the contract tests: our client on a hub of its own at a real emulator, and live connections to it.

Each test runs with both versions of the API and both kinds of credential.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from azure.identity import ManagedIdentityCredential

from shared import AccessKeyCredential, SignalRServiceClient
from shared.operation import ApiVersion
from tests.conftest import RunningEmulator
from tests.contract.live_connection import Clients, LiveConnection
from tests.processes import ServerProcess

Connect = Callable[..., LiveConnection]

IDENTITY_HEADER = "a-secret-of-the-contract-tests"
# May read and send, but gets no key to sign client tokens with.
API_OWNER = "11111111-1111-4111-8111-111111111111"
READER = "22222222-2222-4222-8222-222222222222"
IDENTITIES = (
    "system=SignalR Service Owner",
    f"api:{API_OWNER}=SignalR REST API Owner",
    f"reader:{READER}=SignalR REST API Reader",
)

_hub_numbers = itertools.count(1)


@dataclass(frozen=True)
class Way:
    """A way to use the service."""

    api_version: ApiVersion
    with_identity: bool


WAYS = [Way("1.0", False), Way("2024-12-01", False), Way("2024-12-01", True)]


@pytest.fixture(scope="session")
def emulator() -> Iterator[RunningEmulator]:
    """An emulator that knows access keys and identities, for all contract tests."""
    options = [option for identity in IDENTITIES for option in ("--identity", identity)]
    environment = {"IDENTITY_HEADER": IDENTITY_HEADER}
    with ServerProcess("-m", "emulator", "--port", "0", *options, env=environment) as process:
        yield RunningEmulator(process, process.address)


@pytest.fixture(scope="session")
def clients() -> Iterator[Clients]:
    opened = Clients()
    yield opened
    opened.close()


@pytest.fixture
def managed_identity(emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Makes azure-identity's own credential, as the app gets it in App Service."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{emulator.endpoint}/emulator/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    return ManagedIdentityCredential


@pytest.fixture(params=WAYS, ids=lambda way: f"{way.api_version}-{'identity' if way.with_identity else 'key'}")
def client(
    request: pytest.FixtureRequest, emulator: RunningEmulator, managed_identity: Callable[..., Any]
) -> Iterator[SignalRServiceClient]:
    way, hub = request.param, f"contract{next(_hub_numbers)}"
    credential = managed_identity() if way.with_identity else AccessKeyCredential(emulator.access_key)
    with SignalRServiceClient(emulator.endpoint, hub, credential, api_version=way.api_version) as made:
        yield made


@pytest.fixture
def connect(client: SignalRServiceClient, clients: Clients) -> Connect:
    """Connects a client to this test's hub; options are those of get_client_access_token."""
    return lambda **options: clients.connect(client.get_client_access_token(**options))
