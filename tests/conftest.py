"""Fixtures that several folders of tests share: real servers on port 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.processes import ServerProcess

# Reads what every test writes, and fails the run where a token stands in it.
pytest_plugins = ["tests.security.scrubbing"]

# The key that Microsoft publishes for its own emulator; ours takes the same, so that one connection string fits both.
PUBLISHED_ACCESS_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"


@dataclass(frozen=True)
class RunningEmulator:
    """An emulator process that listens: its address `http://127.0.0.1:<port>` and its access key."""

    process: ServerProcess
    endpoint: str
    access_key: str = PUBLISHED_ACCESS_KEY

    @property
    def connection_string(self) -> str:
        return f"Endpoint={self.endpoint};AccessKey={self.access_key};Version=1.0;"


@pytest.fixture(scope="session")
def emulator() -> Iterator[RunningEmulator]:
    """One emulator for the whole run; a test that must be alone uses a hub name of its own."""
    with ServerProcess("-m", "emulator", "--port", "0") as process:
        yield RunningEmulator(process, process.address)
