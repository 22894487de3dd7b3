"""Groups: sending to one, and putting connections and users in and out."""

from __future__ import annotations

import asyncio

import pytest

from tests.broadcast.app import Configure, call, error, segment
from tests.broadcast.listener import Listener, invocation
from tests.broadcast.service import AnsweringService
from tests.conftest import RunningEmulator

GROUPS = "/api/hubs/groupfunctions/groups"


@pytest.mark.parametrize(
    ("method", "path", "asked", "status"),
    [
        ("POST", "g?excluded=a&excluded=b", "POST g?excluded=a&excluded=b", 202),
        ("POST", "a%2Fb", "POST a%2Fb", 202),
        ("GET", "g", "HEAD g", 200),
        ("PUT", "g/connections/c1", "PUT g/connections/c1", 200),
        ("DELETE", "g/connections/c1", "DELETE g/connections/c1", 200),
        ("GET", "g/users/ada", "HEAD g/users/ada", 200),
        ("PUT", "g/users/ada", "PUT g/users/ada", 202),
        ("PUT", "g/users/ada?ttl=0", "PUT g/users/ada?ttl=0", 202),
        ("PUT", "g%2Fh/users/a%2fb?ttl=3600", "PUT g%2Fh/users/a%2Fb?ttl=3600", 202),
        ("DELETE", "g/users/ada", "DELETE g/users/ada", 202),
    ],
)
def test_function_becomes_one_request_to_the_service(
    method: str, path: str, asked: str, status: int, answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    response = call(method, f"/api/hubs/chat/groups/{path}", {"target": "newMessage"})
    verb, asked_path = asked.split(" ")
    assert (response.status_code, response.get_body()) == (status, b"")
    assert [line for line, _ in answering_service.requests] == [f"{verb} /api/v1/hubs/chat/groups/{asked_path}"]


def test_connections_come_into_a_group_and_out_of_it(emulator: RunningEmulator, configure: Configure) -> None:
    configure(emulator.endpoint, NEGOTIATE_AUTH="anonymous")
    group = f"{GROUPS}/{segment('red/blue room')}"

    async def scenario() -> None:
        async with Listener("groupfunctions") as ada, Listener("groupfunctions") as grace:
            for listener in (ada, grace):
                assert call("PUT", f"{group}/connections/{listener.connection_id}").status_code == 200
            assert call("GET", group).status_code == 200
            assert call("POST", f"{group}?excluded={ada.connection_id}", {"target": "one"}).status_code == 202
            assert call("DELETE", f"{group}/connections/{grace.connection_id}").status_code == 200
            assert call("POST", group, {"target": "two"}).status_code == 202
            assert await grace.receive() == invocation("one")
            assert await ada.receive() == invocation("two")
            assert call("DELETE", f"{group}/connections/{ada.connection_id}").status_code == 200
            assert error(call("GET", group))[:2] == (404, "Warning.Group.NotExisted")

    asyncio.run(scenario())


def test_users_come_into_a_group_and_out_of_it(emulator: RunningEmulator, configure: Configure) -> None:
    configure(emulator.endpoint, NEGOTIATE_AUTH="development", AZURE_FUNCTIONS_ENVIRONMENT="Development")
    member = f"{GROUPS}/team/users/ada"

    async def scenario() -> None:
        async with Listener("groupfunctions", "ada") as ada:
            assert error(call("GET", member))[:2] == (404, "Info.User.NotInGroup")
            assert call("PUT", f"{member}?ttl=60").status_code == 202
            assert call("GET", member).status_code == 200
            assert call("POST", f"{GROUPS}/team", {"target": "one"}).status_code == 202
            assert await ada.receive() == invocation("one")
            assert call("DELETE", member).status_code == 202
            assert call("GET", member).status_code == 404

    asyncio.run(scenario())


def test_connection_that_has_gone_cannot_come_into_a_group(emulator: RunningEmulator, configure: Configure) -> None:
    configure(emulator.endpoint)
    response = call("PUT", f"{GROUPS}/team/connections/gone")
    assert error(response)[:2] == (404, "Error.Connection.NotExisted")
    assert response.headers["x-ms-error-code"] == "Error.Connection.NotExisted"
