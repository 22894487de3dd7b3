"""Connections: sending to one, looking for it, closing it."""

from __future__ import annotations

import asyncio

import pytest

from tests.broadcast.app import Configure, call, error
from tests.broadcast.listener import Listener, invocation
from tests.broadcast.service import AnsweringService
from tests.conftest import RunningEmulator

CONNECTIONS = "/api/hubs/connectionfunctions/connections"


@pytest.mark.parametrize(
    ("method", "path", "asked", "status"),
    [
        ("POST", "c-1_x", "POST c-1_x", 202),
        ("GET", "c1", "HEAD c1", 200),
        ("DELETE", "c1", "DELETE c1", 202),
        (
            "DELETE",
            "c1?reason=Shift+is%20over%2C+bye%26more",
            "DELETE c1?reason=Shift%20is%20over%2C%20bye%26more",
            202,
        ),
    ],
)
def test_function_becomes_one_request_to_the_service(
    method: str, path: str, asked: str, status: int, answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    response = call(method, f"/api/hubs/chat/connections/{path}", {"target": "newMessage"})
    verb, asked_path = asked.split(" ")
    assert (response.status_code, response.get_body()) == (status, b"")
    assert [line for line, _ in answering_service.requests] == [f"{verb} /api/v1/hubs/chat/connections/{asked_path}"]


def test_connection_is_sent_to_and_then_closed(emulator: RunningEmulator, configure: Configure) -> None:
    configure(emulator.endpoint, NEGOTIATE_AUTH="anonymous")

    async def scenario() -> None:
        async with Listener("connectionfunctions") as ada:
            connection = f"{CONNECTIONS}/{ada.connection_id}"
            assert call("GET", connection).status_code == 200
            assert call("POST", connection, {"target": "yours", "arguments": [1]}).status_code == 202
            assert await ada.receive() == invocation("yours", 1)
            assert call("DELETE", f"{connection}?reason=bye").status_code == 202
            assert (await ada.receive())["type"] == 7
            assert call("GET", connection).status_code == 404

    asyncio.run(scenario())


def test_connection_that_has_gone_is_404_but_may_be_sent_to(emulator: RunningEmulator, configure: Configure) -> None:
    configure(emulator.endpoint)
    gone = f"{CONNECTIONS}/gone"
    assert error(call("GET", gone))[:2] == (404, "Warning.Connection.NotExisted")
    assert error(call("DELETE", gone))[:2] == (404, "Warning.Connection.NotExisted")
    assert call("POST", gone, {"target": "t"}).status_code == 202
