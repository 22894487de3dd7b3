"""Which addresses mean this machine alone."""

from __future__ import annotations

import pytest

from emulator.loopback import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1", "localhost", "LocalHost"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "192.168.0.1", "10.0.0.1", "2001:db8::1", "localhost.example", "127.1"],  # noqa: S104
)
def test_more_than_this_machine(host: str) -> None:
    assert not is_loopback(host)
