"""Sending to a hub, over the wire to the emulator and to its clients."""

from __future__ import annotations

import asyncio

import pytest

from tests.broadcast.app import Configure, call, error
from tests.broadcast.listener import Listener, invocation
from tests.broadcast.service import AnsweringService
from tests.conftest import RunningEmulator


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        ("/api/broadcast", "POST /api/v1/hubs/news"),
        ("/api/broadcast?excluded=a&excluded=b", "POST /api/v1/hubs/news?excluded=a&excluded=b"),
        ("/api/hubs/Chat", "POST /api/v1/hubs/chat"),
        ("/api/hubs/chat?excluded=a%20b,c", "POST /api/v1/hubs/chat?excluded=a%20b&excluded=c"),
    ],
)
def test_send_becomes_one_request_to_the_service(
    target: str, asked: str, answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint, SIGNALR_DEFAULT_HUB="news")
    response = call("POST", target, {"Target": "newMessage", "Arguments": ["é", 1]})
    assert (response.status_code, response.get_body()) == (202, b"")
    assert answering_service.requests == [(asked, '{"target":"newMessage","arguments":["é",1]}'.encode())]


def test_everybody_on_the_hub_but_the_excluded_receives_the_message(
    emulator: RunningEmulator, configure: Configure
) -> None:
    configure(emulator.endpoint, SIGNALR_DEFAULT_HUB="hubfunctions", NEGOTIATE_AUTH="anonymous")

    async def scenario() -> None:
        async with Listener("hubfunctions") as ada, Listener("hubfunctions") as grace:
            excluded = f"excluded={ada.connection_id}&excluded=gone"
            assert call("POST", f"/api/hubs/hubfunctions?{excluded}", {"target": "one"}).status_code == 202
            assert call("POST", "/api/broadcast", {"target": "two", "arguments": [2**60, "😀"]}).status_code == 202
            assert await ada.receive() == invocation("two", 2**60, "😀")
            assert await grace.receive() == invocation("one")
            assert await grace.receive() == invocation("two", 2**60, "😀")

    asyncio.run(scenario())


def test_send_to_a_hub_without_connections_is_accepted(emulator: RunningEmulator, configure: Configure) -> None:
    configure(emulator.endpoint)
    assert call("POST", "/api/hubs/nobody", {"target": "newMessage"}).status_code == 202


@pytest.mark.parametrize("target", ["/api/broadcast", "/api/hubs/chat"])
def test_body_that_is_too_large_is_413_with_its_size_and_the_limit(
    target: str, answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    status_code, code, message = error(call("POST", target, b"x" * 1_048_577))
    assert (status_code, code) == (413, "MessageTooLarge")
    assert "1,048,577" in message
    assert "1,048,576" in message
    assert answering_service.requests == []


def test_body_declared_as_text_is_415(configure: Configure) -> None:
    configure()
    response = call("POST", "/api/broadcast", b"hello", headers={"content-type": "text/plain"})
    assert error(response)[:2] == (415, "UnsupportedMediaType")
