"""The documentation: every example of docs/client.md runs, in order, and every method is in it."""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Iterator

import pytest

import shared
from shared import SignalRServiceClient
from tests.conftest import RunningEmulator
from tests.contract.live_connection import Clients, LiveConnection
from tests.processes import ROOT, ServerProcess

DOCUMENT = ROOT / "docs" / "client.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def second_emulator() -> Iterator[RunningEmulator]:
    with ServerProcess("-m", "emulator", "--port", "0") as process:
        yield RunningEmulator(process, process.address)


def answer_one(connection: LiveConnection) -> None:
    """What the client of the examples does: says its name when it is asked."""
    while (message := connection.next())["target"] != "whatIsYourName":
        pass
    connection.complete(message["invocationId"], result="Ann")


def test_every_example_runs(emulator: RunningEmulator, second_emulator: RunningEmulator, clients: Clients) -> None:
    with SignalRServiceClient.from_connection_string(emulator.connection_string, hub="chat") as client:
        connection = clients.connect(client.get_client_access_token(user_id="ann"))
    names = {
        "connection_string": emulator.connection_string,
        "second_connection_string": second_emulator.connection_string,
        "endpoint": emulator.endpoint,
        "access_key": emulator.access_key,
        "connection_id": connection.connection_id,
    }
    answering = threading.Thread(target=answer_one, args=(connection,))
    answering.start()
    program = "\n".join(EXAMPLES)
    exec(compile(program, str(DOCUMENT), "exec"), names)  # noqa: S102 - the examples are ours
    answering.join(10)
    assert len(EXAMPLES) >= 15


def test_every_method_and_public_name_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    examples = "\n".join(EXAMPLES)
    methods = {name for name, _ in inspect.getmembers(SignalRServiceClient, callable) if not name.startswith("_")}
    missing = {name for name in methods - {"from_service_endpoint"} if f".{name}(" not in examples}
    assert missing | {name for name in shared.__all__ if name not in text} - {"InvalidSettingsError"} == set()
