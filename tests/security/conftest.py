"""Fixtures of the tests that attack the running app."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import RunningEmulator
from tests.processes import ServerProcess
from tests.security.app import run_app


@pytest.fixture(scope="package")
def app(emulator: RunningEmulator) -> Iterator[ServerProcess]:
    with run_app(emulator) as process:
        yield process
