"""Fixtures of the whole chain: function app, official JavaScript client, real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import RunningEmulator
from tests.end_to_end.function_app import RunningFunctionApp, run_function_app
from tests.end_to_end.javascript_client import JavaScriptClient
from tests.processes import ROOT

# A browser that calls nobody by itself, in a container's sandbox.
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

NewClient = Callable[[], JavaScriptClient]


def missing(what: str, remedy: str) -> None:
    """Skip on somebody's machine, fail in CI: there a skipped test would pass for a test that was run."""
    reason = f"{what} is missing: {remedy}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def official_client() -> None:
    if not (ROOT / "node_modules" / "@microsoft" / "signalr").is_dir():
        missing("The official SignalR client", "run npm ci")


@pytest.fixture(scope="session")
def node(official_client: None) -> str:
    found = shutil.which("node")
    if not found:
        missing("Node.js", "install Node.js 18 or newer")
    return found or ""


@pytest.fixture(scope="session")
def function_app(emulator: RunningEmulator) -> Iterator[RunningFunctionApp]:
    """One function app for the whole run, in front of the `emulator` fixture's emulator."""
    with run_function_app(emulator) as app:
        yield app


@pytest.fixture
def new_client(node: str) -> Iterator[NewClient]:
    """Make official clients that end with the test."""
    with ExitStack() as clients:
        yield lambda: clients.enter_context(JavaScriptClient(node))


@pytest.fixture(scope="module")
def browser(official_client: None) -> Iterator[Browser]:
    """Headless Chromium as the operating system installed it.

    Not for the whole run: Playwright keeps an event loop in this thread, in which no other test could start its own.
    """
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        missing("Chromium", "install it, on Debian with: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()
