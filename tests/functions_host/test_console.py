"""The console: what is said without being asked. Its list of functions and its log are in test_main."""

from __future__ import annotations

import logging

import pytest

from functions_host.console import logged_invocation, warn_if_open


@pytest.mark.parametrize(
    ("host", "warned"),
    [
        ("127.0.0.1", False),
        ("127.0.0.2", False),
        ("::1", False),
        ("localhost", False),
        ("192.0.2.1", True),
        ("::", True),
    ],
)
def test_a_host_that_others_can_reach_without_a_key_warns(
    host: str, warned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    warn_if_open(host)
    assert ("--enable-auth" in capsys.readouterr().out) is warned


def test_an_invocation_that_the_host_itself_breaks_is_not_called_a_success(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(ZeroDivisionError), logged_invocation("f", "id"):
        raise ZeroDivisionError
    assert "Executed 'Functions.f' (Failed, Id=id" in caplog.text
