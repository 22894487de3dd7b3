"""The function app in its local host, in front of an emulator, as the tests of this folder attack it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import RunningEmulator
from tests.processes import ServerProcess

FUNCTION_KEY = "function-key-of-these-tests"
SETTINGS = {
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    "NEGOTIATE_AUTH": "development,function-key,anonymous",
    "SIGNALR_HUBS": "*",
    "SELF_JOIN_GROUPS": "*",
    "API_DOCS": "true",
    "FUNCTIONS_HOST_KEY": FUNCTION_KEY,
}


@contextmanager
def run_app(emulator: RunningEmulator, **settings: str) -> Iterator[ServerProcess]:
    """Run the app with everything open that its settings can open, behind function keys as in Azure."""
    environment = {"AzureSignalRConnectionString": emulator.connection_string, **SETTINGS, **settings}
    with ServerProcess("-m", "functions_host", "--port", "0", "--enable-auth", env=environment) as process:
        yield process


def failures(process: ServerProcess) -> list[str]:
    """Lines of the log that tell of an answer of 500 or more, or of an exception."""
    return [line for line in process.output if "Traceback" in line or "Failed" in line or " answered 5" in line]
