"""Audiences: which spellings of a URL a token may be for."""

from __future__ import annotations

import pytest

from emulator.audience import Audience

REST = Audience("http", "127.0.0.1", 8888, "/api/v1/hubs/chat/groups/a%2Fb")
CLIENT = Audience("http", "127.0.0.1", 8888, "/client", "chat")
PUBLIC = Audience("https", "x.service.signalr.net", 443, "/api/v1/hubs/chat")

ACCEPTED_FOR_REST = {
    "the request's URL": "http://127.0.0.1:8888/api/v1/hubs/chat/groups/a%2Fb",
    "an older SDK: no port, with application and api-version": (
        "http://127.0.0.1/api/v1/hubs/chat/groups/a%2Fb?application=app&api-version=2022-06-01"
    ),
    "a newer SDK: with port, without query": "http://127.0.0.1:8888/api/v1/hubs/chat/groups/a%2Fb",
    "a trailing slash": "http://127.0.0.1:8888/api/v1/hubs/chat/groups/a%2Fb/",
    "localhost for 127.0.0.1": "http://localhost:8888/api/v1/hubs/chat/groups/a%2Fb",
    "IPv6 loopback": "http://[::1]:8888/api/v1/hubs/chat/groups/a%2Fb",
    "lower-case percent-encoding": "http://127.0.0.1/api/v1/hubs/chat/groups/a%2fb",
    "more percent-encoding than needed": "http://127.0.0.1/api/v1/hubs/%63hat/groups/%61%2Fb",
    "another case": "HTTP://LOCALHOST/api/v1/hubs/Chat/groups/A%2FB",
    "a fragment": "http://127.0.0.1/api/v1/hubs/chat/groups/a%2Fb#x",
}

REFUSED_FOR_REST = {
    "another path": "http://127.0.0.1:8888/api/v1/hubs/chat",
    "a decoded slash": "http://127.0.0.1:8888/api/v1/hubs/chat/groups/a/b",
    "another port": "http://127.0.0.1:8889/api/v1/hubs/chat/groups/a%2Fb",
    "another scheme": "https://127.0.0.1:8888/api/v1/hubs/chat/groups/a%2Fb",
    "another host": "http://example.org:8888/api/v1/hubs/chat/groups/a%2Fb",
    "no URL": "chat",
    "nothing": "",
    "a port that is no number": "http://127.0.0.1:port/api/v1/hubs/chat/groups/a%2Fb",
    "an open bracket": "http://[::1/api/v1/hubs/chat/groups/a%2Fb",
}


@pytest.mark.parametrize("audience", ACCEPTED_FOR_REST.values(), ids=ACCEPTED_FOR_REST.keys())
def test_rest_audience_is_accepted_in_this_spelling(audience: str) -> None:
    assert REST.accepts([audience])


@pytest.mark.parametrize("audience", REFUSED_FOR_REST.values(), ids=REFUSED_FOR_REST.keys())
def test_rest_audience_is_refused_with(audience: str) -> None:
    assert not REST.accepts([audience])


@pytest.mark.parametrize(
    ("audience", "is_accepted"),
    [
        ("http://127.0.0.1:8888/client/?hub=chat", True),
        ("http://127.0.0.1/client/?hub=chat", True),
        ("http://localhost/client?hub=CHAT", True),
        ("http://localhost/client/?hub=chat&asrs.op=%2Fx", True),
        ("http://127.0.0.1/client/?hub=other", False),
        ("http://127.0.0.1/client/", False),
        ("http://127.0.0.1/client/?hub=chat&hub=chat", False),
        ("http://127.0.0.1/client/?hub=", False),
        ("http://127.0.0.1/api/v1/hubs/chat", False),
    ],
)
def test_client_audience_names_the_hub(audience: str, is_accepted: bool) -> None:
    assert CLIENT.accepts([audience]) is is_accepted


def test_one_good_audience_among_several_is_enough() -> None:
    assert REST.accepts(["http://example.org", "http://127.0.0.1/api/v1/hubs/chat/groups/a%2Fb"])
    assert not REST.accepts([])


@pytest.mark.parametrize(
    ("audience", "is_accepted"),
    [
        ("https://X.Service.SignalR.net/api/v1/hubs/chat", True),
        ("https://x.service.signalr.net:443/api/v1/hubs/chat", True),
        ("https://localhost/api/v1/hubs/chat", False),
    ],
)
def test_loopback_names_stand_for_each_other_only_on_loopback(audience: str, is_accepted: bool) -> None:
    assert PUBLIC.accepts([audience]) is is_accepted


@pytest.mark.parametrize(
    ("audience", "text"),
    [
        (REST, "http://127.0.0.1:8888/api/v1/hubs/chat/groups/a%2Fb"),
        (CLIENT, "http://127.0.0.1:8888/client/?hub=chat"),
        (PUBLIC, "https://x.service.signalr.net/api/v1/hubs/chat"),
        (Audience("http", "localhost", 80, "/client", "chat"), "http://localhost/client/?hub=chat"),
    ],
)
def test_the_text_of_an_audience_is_what_a_token_should_say(audience: Audience, text: str) -> None:
    assert str(audience) == text
    assert audience.accepts([text])


@pytest.mark.parametrize(
    ("endpoint", "audience"),
    [
        ("http://emulator", "http://emulator/client/?hub=chat"),
        ("http://emulator:8888", "http://emulator/client/?hub=chat"),
        ("https://gate.example.org", "https://gate.example.org/client/?hub=chat"),
        ("https://gate.example.org/signalr/", "https://GATE.example.org:443/signalr/client/?hub=chat"),
    ],
)
def test_an_audience_may_name_another_url_of_the_emulator(endpoint: str, audience: str) -> None:
    here = Audience("http", "127.0.0.1", 8888, "/client", "chat")
    assert not here.accepts([audience])
    assert here.at(endpoint).accepts([audience])
