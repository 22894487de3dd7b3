"""How `dev.py run` lets the app into the emulator: what each side is told, and the whole app without an access key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import aiohttp
import pytest
import requests

from devtools import run
from devtools.access import CONNECTION, PUBLISHED_KEY, ManagedIdentity, PublishedKey
from emulator.entra.managed_identity import PATH
from emulator.options import PUBLISHED_ACCESS_KEY
from tests.processes import ROOT, ServerProcess

EMULATOR = "http://127.0.0.1:8888"
HANDSHAKE = '{"protocol":"json","version":1}\x1e'


def test_the_published_key_is_the_emulators() -> None:
    assert PUBLISHED_KEY == PUBLISHED_ACCESS_KEY
    connection_string = f"Endpoint={EMULATOR};AccessKey={PUBLISHED_KEY};Version=1.0;"
    assert PublishedKey().app_env(EMULATOR) == {CONNECTION: connection_string}
    assert connection_string in PublishedKey().shown(EMULATOR)


def test_an_identitys_secret_is_of_one_run_and_both_sides_have_it() -> None:
    access, other = ManagedIdentity(), ManagedIdentity()
    secret = access.emulator_env["IDENTITY_HEADER"]
    assert secret != other.emulator_env["IDENTITY_HEADER"]
    assert access.app_env(EMULATOR) == {
        "AzureSignalRConnectionString__serviceUri": EMULATOR,
        "AzureSignalRConnectionString__credential": "managedidentity",
        "IDENTITY_ENDPOINT": EMULATOR + PATH,
        "IDENTITY_HEADER": secret,
    }
    assert secret not in access.shown(EMULATOR)


def test_connections_of_the_environment_and_of_the_settings_file_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{CONNECTION}__clientEndpoint", "http://elsewhere")
    monkeypatch.setattr(run, "_settings", lambda: {CONNECTION: "in the file", "SIGNALR_DEFAULT_HUB": "chat"})
    env = run._env_for(ManagedIdentity().app_env(EMULATOR))
    ours = {name: value for name, value in env.items() if name.startswith(CONNECTION) and value.strip()}
    assert ours == {f"{CONNECTION}__serviceUri": EMULATOR, f"{CONNECTION}__credential": "managedidentity"}
    assert env[CONNECTION] == " "
    assert "SIGNALR_DEFAULT_HUB" not in env


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerProcess]:
    """The function app with a managed identity, beside an emulator that takes no access key."""
    if not (ROOT / "function_app.py").exists():
        pytest.skip("this checkout has no function app")
    monkeypatch.delenv(CONNECTION, raising=False)
    access = ManagedIdentity()
    arguments = ("-m", "emulator", "--port", "0", *access.emulator_arguments)
    with ServerProcess(*arguments, env=access.emulator_env) as emulator:
        env = {
            CONNECTION: " ",
            "NEGOTIATE_AUTH": "development",
            "NO_PROXY": "127.0.0.1",
            **access.app_env(emulator.address),
        }
        with ServerProcess("-m", "functions_host", "--port", "0", env=env) as functions:
            yield functions


def test_the_whole_app_runs_without_any_access_key(app: ServerProcess) -> None:
    asyncio.run(negotiate_connect_and_receive(app))


async def negotiate_connect_and_receive(app: ServerProcess) -> None:
    negotiated = requests.post(f"{app.address}/api/hubs/chat/negotiate?user=ann", timeout=30)
    assert negotiated.status_code == 200, negotiated.text
    url, token = negotiated.json()["url"], negotiated.json()["accessToken"]
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        socket = await session.ws_connect(url)
        await socket.send_str(HANDSHAKE)
        assert await socket.receive_str(timeout=10) == "{}\x1e"
        message = {"target": "newMessage", "arguments": ["hello"]}
        assert requests.post(f"{app.address}/api/hubs/chat/users/ann", json=message, timeout=30).status_code == 202
        received = json.loads((await socket.receive_str(timeout=10)).rstrip("\x1e"))
        assert (received["target"], received["arguments"]) == ("newMessage", ["hello"])
        await socket.close()
