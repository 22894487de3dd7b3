"""The functions for what version 1.0 of the service's API lacks: closing many, listing, invoking."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.broadcast.app import Configure, call, error
from tests.broadcast.listener import Listener
from tests.broadcast.service import AnsweringService
from tests.conftest import RunningEmulator

VERSION = "api-version=2024-12-01"
HUB = "/api/hubs/chat"
ANYBODY = {"NEGOTIATE_AUTH": "development,anonymous", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}


@pytest.mark.parametrize(
    ("method", "path", "asked", "status"),
    [
        ("POST", ":closeConnections", "POST :closeConnections?", 204),
        ("POST", ":closeConnections?excluded=a&excluded=b&reason=shift%20over",
         "POST :closeConnections?excluded=a&excluded=b&reason=shift%20over&", 204),
        ("POST", "groups/a%2Fb/:closeConnections?reason=x", "POST groups/a%2Fb/:closeConnections?reason=x&", 204),
        ("POST", "users/ada/:closeConnections?excluded=a", "POST users/ada/:closeConnections?excluded=a&", 204),
        ("DELETE", "connections/c1/groups", "DELETE connections/c1/groups?", 200),
    ],
)  # fmt: skip
def test_function_becomes_one_request_to_the_service(
    method: str, path: str, asked: str, status: int, answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    response = call(method, f"{HUB}/{path}")
    verb, asked_path = asked.split(" ")
    assert (response.status_code, response.get_body()) == (status, b"")
    assert [line for line, _ in answering_service.requests] == [f"{verb} {HUB}/{asked_path}{VERSION}"]


def test_list_says_who_is_in_a_group(answering_service: AnsweringService, configure: Configure) -> None:
    configure(answering_service.endpoint)
    answering_service.status = 200
    answering_service.body = b'{"value":[{"connectionId":"c1","userId":"ada"},{"connectionId":"c2"}]}'
    response = call("GET", f"{HUB}/groups/red/connections?top=5")
    assert response.status_code == 200
    expected = {"value": [{"connectionId": "c1", "userId": "ada"}, {"connectionId": "c2"}]}
    assert json.loads(response.get_body()) == expected
    (line, _) = answering_service.requests[0]
    assert "top=5" in line


def test_invoke_answers_what_the_client_returned(answering_service: AnsweringService, configure: Configure) -> None:
    configure(answering_service.endpoint)
    answering_service.status = 200
    answering_service.body = b'{"result":{"sum":3},"protocol":"json"}'
    response = call("POST", f"{HUB}/connections/c1/:invoke", {"target": "add", "arguments": [1, 2]})
    assert (response.status_code, json.loads(response.get_body())) == (200, {"result": {"sum": 3}})


@pytest.mark.parametrize("path", ["", "/groups/g", "/users/u"])
def test_reason_and_excluded_are_checked(path: str, configure: Configure) -> None:
    configure()
    many = ",".join(["c"] * 101)
    assert error(call("POST", f"{HUB}{path}/:closeConnections?excluded={many}"))[2].startswith("excluded must be")
    assert error(call("POST", f"{HUB}{path}/:closeConnections?reason={'r' * 1025}"))[2].startswith("reason must be")


def test_connections_are_listed_taken_out_of_groups_and_closed(emulator: RunningEmulator, configure: Configure) -> None:
    configure(emulator.endpoint, SIGNALR_DETAILED_ERRORS="true", **ANYBODY)
    hub = "/api/hubs/managed"

    async def scenario() -> None:
        async with Listener("managed", "ada") as ada, Listener("managed") as other:
            for listener in (ada, other):
                assert call("PUT", f"{hub}/groups/g/connections/{listener.connection_id}").status_code == 200
            listed = json.loads(call("GET", f"{hub}/groups/g/connections").get_body())["value"]
            assert {member["connectionId"]: member.get("userId") for member in listed} == {
                ada.connection_id: "ada",
                other.connection_id: None,
            }
            assert call("DELETE", f"{hub}/connections/{other.connection_id}/groups").status_code == 200
            left = json.loads(call("GET", f"{hub}/groups/g/connections").get_body())["value"]
            assert [member["connectionId"] for member in left] == [ada.connection_id]
            assert call("POST", f"{hub}/users/ada/:closeConnections?reason=Bye").status_code == 204
            closed = await ada.receive()
            assert (closed["type"], closed["error"]) == (7, "Bye")
            spared = f"{hub}/:closeConnections?excluded={other.connection_id}"
            assert call("POST", spared).status_code == 204
            assert call("GET", f"{hub}/connections/{other.connection_id}").status_code == 200

    asyncio.run(scenario())
