"""Scrubbing: a pytest plugin that reads all that the tests and the code under test write, and finds tokens in it.

`-p tests.security.scrubbing`, or its name in `pytest_plugins`, switches it on for a whole run, which then fails when
any test wrote a token to a log, to stdout or to stderr.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Generator

import pytest

_LOGGED = ("logged", "a token")
# Any JWT: three parts of base64url, the first of which begins with the encoded `{"`.
TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]{8,}")


def leaks(text: str, *secrets: str) -> list[str]:
    """The tokens in a text, and those of the secrets that stand in it."""
    return [*TOKEN.findall(text), *(secret for secret in secrets if secret in text)]


class _Reader(logging.Handler):
    """Reads every record that any logger writes, and what pytest captured of each test."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.has_logged_a_token = False
        self.guilty: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.has_logged_a_token = self.has_logged_a_token or bool(leaks(self.format(record)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Where tests run in several processes, only what stands in its report is known of a test in the first one."""
        report = yield
        if self.has_logged_a_token:
            report.user_properties.append(_LOGGED)
            self.has_logged_a_token = False
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        is_logged = any(tuple(found) == _LOGGED for found in report.user_properties)
        if is_logged or leaks("".join(text for _, text in report.sections)):
            self.guilty[report.nodeid] = None

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.guilty and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for nodeid in self.guilty:
            terminalreporter.write_line(f"{nodeid} wrote a token", red=True)
        if not self.guilty:
            terminalreporter.write_line("No secret was written to any log or output.")


def pytest_configure(config: pytest.Config) -> None:
    reader = _Reader()
    config.pluginmanager.register(reader, "scrubbing")
    logging.getLogger().addHandler(reader)
    config.add_cleanup(lambda: logging.getLogger().removeHandler(reader))
