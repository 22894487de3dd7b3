"""The function app in its local host, as tests start it and call it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from tests.conftest import RunningEmulator
from tests.processes import ServerProcess

# The client library waits 5 s for a connection and 30 s for an answer; whatever the app says, it says within that.
LIMIT_SECONDS = 40


@dataclass(frozen=True)
class RunningFunctionApp:
    """The function app behind `address`, `http://127.0.0.1:<port>`."""

    process: ServerProcess
    address: str

    @property
    def api(self) -> str:
        return f"{self.address}/api"

    def hub(self, hub: str, *, user: str = "") -> str:
        """What a client passes to `withUrl`."""
        return f"{self.api}/hubs/{hub}" + (f"?user={user}" if user else "")

    def call(self, method: str, path: str, *, json: Any = None, **query: Any) -> requests.Response:
        """Call a function by its path below /api; a list in the query is a repeated key."""
        return requests.request(method, f"{self.api}/{path}", params=query, json=json, timeout=LIMIT_SECONDS)

    def send(self, path: str, *arguments: Any, target: str = "newMessage", **query: Any) -> None:
        """Send a message, which the app must accept."""
        response = self.call("POST", path, json={"target": target, "arguments": arguments}, **query)
        assert response.status_code == 202, response.text

    def manage(self, method: str, path: str, **query: Any) -> None:
        """Change a group or a connection, which must succeed."""
        response = self.call(method, path, **query)
        assert response.ok, response.text


@contextmanager
def run_function_app(emulator: RunningEmulator) -> Iterator[RunningFunctionApp]:
    """Run the app in front of an emulator, open to pages that this emulator serves."""
    origins = f"{emulator.endpoint},{emulator.endpoint.replace('127.0.0.1', 'localhost')}"
    settings = {
        "AzureSignalRConnectionString": emulator.connection_string,
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
        "NEGOTIATE_AUTH": "development,anonymous",
        "SIGNALR_DEFAULT_HUB": "chat",
        "SIGNALR_HUBS": "*",
        "SIGNALR_DETAILED_ERRORS": "false",  # whatever local.settings.json says
    }
    options = ("--port", "0", "--cors", origins, "--cors-credentials")
    with ServerProcess("-m", "functions_host", *options, env=settings) as process:
        yield RunningFunctionApp(process, process.address)
