"""Endpoints: which addresses are taken, in which form, and which are refused."""

from __future__ import annotations

import pytest

from shared.endpoint import Endpoint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://aaa", "https://aaa"),
        ("http://aaa/", "http://aaa"),
        ("HTTPS://Chat.Service.SignalR.NET", "https://chat.service.signalr.net"),
        ("https://aaa:443", "https://aaa"),
        ("http://aaa:80/", "http://aaa"),
        ("http://aaa:443", "http://aaa:443"),
        ("http://localhost:8888", "http://localhost:8888"),
        ("http://127.0.0.1:8888", "http://127.0.0.1:8888"),
        ("http://[::1]:8888", "http://[::1]:8888"),
        ("http://[0:0::0:1]", "http://[::1]"),
        ("http://signalr_emulator:8888", "http://signalr_emulator:8888"),
        ("https://gateway.example.com/signalr/", "https://gateway.example.com/signalr"),
        ("https://gateway/a/b%20c", "https://gateway/a/b%20c"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://1password.example", "https://1password.example"),
    ],
)
def test_an_address_comes_in_one_form(text: str, expected: str) -> None:
    assert str(Endpoint.parse(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "aaa",
        "endpoint=aaa",
        "localhost:8888",
        "//aaa",
        "ftp://aaa",
        "ws://aaa",
        "https://",
        "https:///path",
        "https:aaa",
        "https:// aaa",
        "https://a aa",
        "https://aaa\n",
        "https://aaa\\b",
        "https://aaa?x=1",
        "https://aaa#x",
        "https://user:password@aaa",
        "https://aaa@bbb",
        "https://aaa:",
        "https://aaa:0",
        "https://aaa:65536",
        "https://aaa:port",
        "https://aaa:-1",
        "https://a..b",
        "https://.a",
        "https://-a",
        "https://a-",
        "https://a*b",
        "https://a%20b",
        f"https://{'a' * 64}",
        "https://bücher.example",
        "https://999.1.1.1",
        "https://1.2.3",
        "https://0x7f000001",
        "https://[::1",
        "https://[::g]",
        "https://[127.0.0.1]",
        "https://aaa/%zz",
        "https://aaa/a//b",
        "https://aaa/../b",
        "https://aaa/<script>",
    ],
)
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be an address"):
        Endpoint.parse(text)


def test_an_error_does_not_repeat_a_password() -> None:
    with pytest.raises(ValueError, match="without user name and password") as refused:
        Endpoint.parse("https://user:TopSecret@aaa")
    assert "TopSecret" not in str(refused.value)


def test_a_port_of_the_scheme_is_dropped() -> None:
    assert str(Endpoint.parse("https://aaa:500").with_port(443)) == "https://aaa"
    assert str(Endpoint.parse("http://aaa:500").with_port(443)) == "http://aaa:443"


def test_without_port_is_scheme_and_host_alone() -> None:
    assert Endpoint.parse("http://localhost:8888/base").without_port == "http://localhost"
