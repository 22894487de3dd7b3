"""Users: sending to one, looking for one, and taking one out of all groups."""

from __future__ import annotations

import asyncio

import pytest

from tests.broadcast.app import Configure, call, error, segment
from tests.broadcast.listener import Listener, invocation
from tests.broadcast.service import AnsweringService
from tests.conftest import RunningEmulator

HUB = "/api/hubs/userfunctions"


@pytest.mark.parametrize(
    ("method", "target", "asked", "status"),
    [
        ("POST", "/api/hubs/chat/users/ada", "POST /api/v1/hubs/chat/users/ada", 202),
        ("POST", "/api/hubs/chat/users/a%2Fb%3Fc%20d", "POST /api/v1/hubs/chat/users/a%2Fb%3Fc%20d", 202),
        ("POST", "/api/hubs/chat/users/50%25", "POST /api/v1/hubs/chat/users/50%25", 202),
        ("GET", "/api/hubs/chat/users/%C5%BElu%C5%A5", "HEAD /api/v1/hubs/chat/users/%C5%BElu%C5%A5", 200),
        ("DELETE", "/api/hubs/chat/users/ada/groups", "DELETE /api/v1/hubs/chat/users/ada/groups", 200),
    ],
)
def test_function_becomes_one_request_to_the_service(
    method: str, target: str, asked: str, status: int, answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    answering_service.status = 200
    response = call(method, target, {"target": "newMessage"})
    assert (response.status_code, response.get_body()) == (status, b"")
    assert [line for line, _ in answering_service.requests] == [asked]


@pytest.mark.parametrize("user", ["ada", "a/b", "ada@example.org", "žluťoučký 😀", "a b+c%20", "x" * 200])
def test_message_reaches_the_user_whatever_the_user_id(
    user: str, emulator: RunningEmulator, configure: Configure
) -> None:
    configure(emulator.endpoint, NEGOTIATE_AUTH="development", AZURE_FUNCTIONS_ENVIRONMENT="Development")

    async def scenario() -> None:
        async with Listener("userfunctions", user) as listener, Listener("userfunctions", "other") as other:
            assert call("GET", f"{HUB}/users/{segment(user)}").status_code == 200
            assert call("POST", f"{HUB}/users/{segment(user)}", {"target": "yours"}).status_code == 202
            assert call("POST", HUB, {"target": "all"}).status_code == 202
            assert await listener.receive() == invocation("yours")
            assert await listener.receive() == await other.receive() == invocation("all")

    asyncio.run(scenario())


def test_user_without_connection_is_404_but_may_be_sent_to(emulator: RunningEmulator, configure: Configure) -> None:
    configure(emulator.endpoint)
    assert error(call("GET", f"{HUB}/users/nobody"))[:2] == (404, "Warning.User.NotExisted")
    assert call("POST", f"{HUB}/users/nobody", {"target": "t"}).status_code == 202


def test_user_is_taken_out_of_all_groups(emulator: RunningEmulator, configure: Configure) -> None:
    configure(emulator.endpoint)
    for group in ("red", "blue"):
        assert call("PUT", f"{HUB}/groups/{group}/users/ada").status_code == 202
    assert call("DELETE", f"{HUB}/users/ada/groups").status_code == 200
    for group in ("red", "blue"):
        assert error(call("GET", f"{HUB}/groups/{group}/users/ada"))[:2] == (404, "Info.User.NotInGroup")
