"""The official JavaScript client receives what the function app sends, and is told what it may not do."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any
from uuid import uuid4

import pytest

from shared import SignalRServiceClient
from tests.conftest import RunningEmulator
from tests.end_to_end.conftest import NewClient, missing
from tests.end_to_end.function_app import LIMIT_SECONDS, RunningFunctionApp


@pytest.fixture
def hub() -> str:
    """A hub of this test's own, since the emulator is shared."""
    return f"hub{uuid4().hex}"


def test_a_broadcast_reaches_every_client_of_the_hub(
    function_app: RunningFunctionApp, new_client: NewClient, hub: str
) -> None:
    clients = [new_client().connect(function_app.hub(hub, user=user)) for user in ("alice", "bob", "")]
    function_app.send(f"hubs/{hub}", "Hello")
    assert [client.message() for client in clients] == [["Hello"]] * 3


def test_the_default_hub_is_met_at_api_itself(function_app: RunningFunctionApp, new_client: NewClient) -> None:
    client = new_client().connect(function_app.api, targets=["onlyHere"])
    function_app.send("broadcast", "by name of no hub", target="onlyHere")
    assert client.message() == ["by name of no hub"]
    function_app.send("hubs/chat", "by the default's name", target="onlyHere")
    assert client.message() == ["by the default's name"]


def test_a_broadcast_of_another_hub_is_not_heard(
    function_app: RunningFunctionApp, new_client: NewClient, hub: str
) -> None:
    client = new_client().connect(function_app.hub(hub))
    function_app.send(f"hubs/{hub}x", "elsewhere")
    function_app.send(f"hubs/{hub}", "here")
    assert client.message() == ["here"]


def test_a_curl_line_is_all_it_takes(function_app: RunningFunctionApp, new_client: NewClient, hub: str) -> None:
    curl = shutil.which("curl")
    if not curl:
        missing("curl", "install it")
    client = new_client().connect(function_app.hub(hub))
    line = ["curl", "-sS", "-X", "POST", f"{function_app.api}/hubs/{hub}", "-H", "Content-Type: application/json"]
    body = json.dumps({"target": "newMessage", "arguments": ["it's me"]})
    subprocess.run([*line, "--fail", "-d", body], check=True, timeout=LIMIT_SECONDS)
    assert client.message() == ["it's me"]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="none"),
        pytest.param(["", "two"], id="two, one empty"),
        pytest.param([None, True, 0, -1.5, 9007199254740991], id="null, bool and numbers"),
        pytest.param([{"nested": {"list": [1, [2, []]]}}], id="nested"),
        pytest.param(["Zażółć 日本語 🚀", "\u001e\u0000\n", "</script>"], id="record separator, NUL and other scripts"),
        pytest.param(list(range(50)), id="fifty"),
    ],
)
def test_arguments_arrive_as_they_were_sent(
    function_app: RunningFunctionApp, new_client: NewClient, hub: str, arguments: list[Any]
) -> None:
    client = new_client().connect(function_app.hub(hub))
    function_app.send(f"hubs/{hub}", *arguments)
    assert client.message() == arguments


def test_a_message_to_a_user_reaches_all_connections_of_that_user_alone(
    function_app: RunningFunctionApp, new_client: NewClient, hub: str
) -> None:
    alice, bob, bob_again = (new_client().connect(function_app.hub(hub, user=user)) for user in ("alice", "bob", "bob"))
    function_app.send(f"hubs/{hub}/users/bob", "for bob")
    function_app.send(f"hubs/{hub}", "for all")
    assert alice.message() == ["for all"]
    assert [bob.message(), bob.message()] == [bob_again.message(), bob_again.message()] == [["for bob"], ["for all"]]


def test_a_message_to_a_connection_reaches_it_alone(
    function_app: RunningFunctionApp, new_client: NewClient, hub: str
) -> None:
    one, other = (new_client().connect(function_app.hub(hub, user="alice")) for _ in range(2))
    function_app.send(f"hubs/{hub}/connections/{one.connection_id}", "for one")
    function_app.send(f"hubs/{hub}", "for all")
    assert [one.message(), one.message()] == [["for one"], ["for all"]]
    assert other.message() == ["for all"]


@pytest.mark.parametrize("member", ["connection", "user"])
def test_a_message_to_a_group_reaches_members_until_they_leave(
    function_app: RunningFunctionApp, new_client: NewClient, hub: str, member: str
) -> None:
    client = new_client().connect(function_app.hub(hub, user="alice"))
    name = {"connection": f"connections/{client.connection_id}", "user": "users/alice"}[member]
    function_app.send(f"hubs/{hub}/groups/readers", "too early")
    function_app.manage("PUT", f"hubs/{hub}/groups/readers/{name}")
    function_app.send(f"hubs/{hub}/groups/readers", "in time")
    function_app.manage("DELETE", f"hubs/{hub}/groups/readers/{name}")
    function_app.send(f"hubs/{hub}/groups/readers", "too late")
    function_app.send(f"hubs/{hub}", "the end")
    assert [client.message(), client.message()] == [["in time"], ["the end"]]


@pytest.mark.parametrize("scope", ["all", "group"])
def test_excluded_connections_hear_nothing(
    function_app: RunningFunctionApp, new_client: NewClient, hub: str, scope: str
) -> None:
    first, second, third = clients = [new_client().connect(function_app.hub(hub)) for _ in range(3)]
    for client in clients:
        function_app.manage("PUT", f"hubs/{hub}/groups/readers/connections/{client.connection_id}")
    path = {"all": f"hubs/{hub}", "group": f"hubs/{hub}/groups/readers"}[scope]
    function_app.send(path, "for one", excluded=[first.connection_id, second.connection_id])
    function_app.send(path, "for all")
    assert [first.message(), second.message()] == [["for all"]] * 2
    assert [third.message(), third.message()] == [["for one"], ["for all"]]


def test_a_closed_client_without_detailed_errors_is_told_that_it_was_closed(
    function_app: RunningFunctionApp, new_client: NewClient, hub: str
) -> None:
    client = new_client().connect(function_app.hub(hub))
    function_app.manage("DELETE", f"hubs/{hub}/connections/{client.connection_id}", reason="maintenance at noon")
    assert client.expect("closed")["error"] == "Server returned an error on close: Connection closed with an error."


def test_a_closed_client_with_detailed_errors_is_told_the_reason(
    emulator: RunningEmulator, function_app: RunningFunctionApp, new_client: NewClient, hub: str
) -> None:
    with SignalRServiceClient.from_connection_string(emulator.connection_string, hub=hub) as service:
        access = service.get_client_access_token(claims={"asrs.s.derror": "True"})
    client = new_client().connect(access.url, accessToken=access.token)
    function_app.manage("DELETE", f"hubs/{hub}/connections/{client.connection_id}", reason="maintenance at noon")
    assert client.expect("closed")["error"] == "Server returned an error on close: maintenance at noon"


def test_a_closed_client_with_automatic_reconnect_comes_back_as_a_new_connection(
    function_app: RunningFunctionApp, new_client: NewClient, hub: str
) -> None:
    client = new_client().connect(function_app.hub(hub, user="alice"), reconnectDelays=[0, 100, 1000])
    function_app.manage("DELETE", f"hubs/{hub}/connections/{client.connection_id}")
    client.expect("reconnecting")
    assert client.expect("reconnected")["connectionId"] != client.connection_id
    function_app.send(f"hubs/{hub}/users/alice", "still alice")
    assert client.message() == ["still alice"]


def test_a_client_that_leaves_is_gone_from_the_hub(
    function_app: RunningFunctionApp, new_client: NewClient, hub: str
) -> None:
    leaving, witness = (new_client().connect(function_app.hub(hub)) for _ in range(2))
    assert function_app.call("GET", f"hubs/{hub}/connections/{leaving.connection_id}").status_code == 200
    leaving.command("stop")
    assert leaving.expect("closed")["error"] is None
    function_app.send(f"hubs/{hub}", "who is left")
    assert witness.message() == ["who is left"]
    assert function_app.call("GET", f"hubs/{hub}/connections/{leaving.connection_id}").status_code == 404


@pytest.mark.parametrize("command", ["send", "invoke"])
def test_a_client_that_sends_by_itself_is_disconnected_and_told_why(
    function_app: RunningFunctionApp, new_client: NewClient, hub: str, command: str
) -> None:
    client = new_client().connect(function_app.hub(hub))
    client.command(command, target="broadcast", values=["from a client"])
    # How the client reports its own call is its affair; that it is closed, with the reason, is ours.
    event = client.next_event()
    while event["event"] != "closed":
        event = client.next_event()
    assert "serverless" in event["error"].lower()
    assert "clients only listen" in event["error"]


def test_a_negotiate_that_is_refused_says_why(function_app: RunningFunctionApp, new_client: NewClient) -> None:
    client = new_client()
    client.command("connect", url=function_app.hub("no-hyphens"), targets=[])
    error = client.expect("failed")["error"]
    assert "hub" in error
    assert "400" in error
