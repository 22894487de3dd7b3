"""The operations that only the newest version has: closing many, listing, invoking, streams, commands, tokens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared import ClientAccessToken, HttpResponseError, Message, ResourceNotFoundError, SignalRServiceClient
from shared.commands import CloseConnection, JoinGroup, LeaveGroup, SendMessage
from shared.errors import BadRequestError
from shared.filters import connection_is, in_group, is_anonymous, user_is
from shared.raw_message import RawMessage
from shared.results import GroupMember, InvocationResult, Totals
from tests.contract.conftest import Connect
from tests.contract.live_connection import Clients

HI, LAST = Message("newMessage", ["hi"]), Message("newMessage", ["last"])
CURIOUS = {"asrs.s.derror": "True"}


def test_all_connections_are_closed_but_the_excluded(client: SignalRServiceClient, connect: Connect) -> None:
    closed, spared = connect(claims=CURIOUS), connect()
    client.close_all_connections(excluded=[spared.connection_id], reason="maintenance")
    told = closed.next()
    assert (told["type"], told["error"]) == (7, "maintenance")
    client.send_to_all(LAST)
    assert spared.next_arguments() == ["last"]


def test_a_users_connections_are_closed_but_the_excluded(client: SignalRServiceClient, connect: Connect) -> None:
    closed, spared, other = connect(user_id="ann", claims=CURIOUS), connect(user_id="ann"), connect(user_id="bob")
    client.close_user_connections("ann", excluded=[spared.connection_id], reason="signed out")
    assert closed.next()["error"] == "signed out"
    client.send_to_all(LAST)
    assert spared.next_arguments() == other.next_arguments() == ["last"]


def test_a_groups_connections_are_closed_but_the_excluded(client: SignalRServiceClient, connect: Connect) -> None:
    closed, spared, other = connect(claims=CURIOUS), connect(), connect()
    for connection in (closed, spared):
        client.add_connection_to_group("g", connection.connection_id)
    client.close_group_connections("g", excluded=[spared.connection_id], reason="the end")
    assert closed.next()["error"] == "the end"
    client.send_to_all(LAST)
    assert spared.next_arguments() == other.next_arguments() == ["last"]


def test_a_connection_leaves_all_groups_at_once(client: SignalRServiceClient, connect: Connect) -> None:
    connection = connect()
    for group in ("g", "h"):
        client.add_connection_to_group(group, connection.connection_id)
    client.remove_connection_from_all_groups(connection.connection_id)
    assert not client.group_exists("g")
    assert not client.group_exists("h")
    client.remove_connection_from_all_groups("no-connection")


def test_connections_in_a_group_are_listed_page_by_page(client: SignalRServiceClient, connect: Connect) -> None:
    connections = [connect(user_id=f"user{number}") for number in range(4)] + [connect()]
    for connection in connections:
        client.add_connection_to_group("a/b", connection.connection_id)
    users = ["user0", "user1", "user2", "user3", None]
    expected = {GroupMember(c.connection_id, user) for c, user in zip(connections, users, strict=True)}
    for page_size in (1, 2, 5, None):
        listed = list(client.list_connections_in_group("a/b", page_size=page_size))
        assert (set(listed), len(listed)) == (expected, 5)
    assert len(list(client.list_connections_in_group("a/b", top=3, page_size=2))) == 3
    assert list(client.list_connections_in_group("nothing")) == []


def test_a_client_returns_a_result(client: SignalRServiceClient, connect: Connect) -> None:
    connection = connect()
    with ThreadPoolExecutor(1) as threads:
        invoking = threads.submit(client.invoke, connection.connection_id, Message("ask", ["name?", 1]))
        asked = connection.next()
        assert (asked["type"], asked["target"], asked["arguments"]) == (1, "ask", ["name?", 1])
        connection.complete(asked["invocationId"], result={"name": "Ann", "äge": 7})
        assert invoking.result(10) == InvocationResult({"name": "Ann", "äge": 7}, "json")


def test_an_error_of_the_client_is_the_callers(client: SignalRServiceClient, connect: Connect) -> None:
    connection = connect()
    with ThreadPoolExecutor(1) as threads:
        invoking = threads.submit(client.invoke, connection.connection_id, Message("ask"))
        connection.complete(connection.next()["invocationId"], error="I will not")
        with pytest.raises(HttpResponseError, match="I will not"):
            invoking.result(10)


def test_a_client_that_is_not_there_cannot_be_asked(client: SignalRServiceClient) -> None:
    with pytest.raises(ResourceNotFoundError):
        client.invoke("no-connection", Message("ask"))


def test_a_stream_has_items_and_an_end(client: SignalRServiceClient, connect: Connect) -> None:
    connection = connect()
    client.send_stream_item(connection.connection_id, "s/1", {"n": 1})
    client.send_stream_item(connection.connection_id, "s/1", None, completed=True)
    client.complete_stream(connection.connection_id, "s/2", reason="broken & ä")
    client.complete_stream(connection.connection_id, "s/3")
    first, second, end = connection.next(), connection.next(), connection.next()
    assert (first["type"], first["invocationId"], first["item"]) == (2, "s/1", {"n": 1})
    assert (second["type"], second["item"]) == (2, None)
    assert (end["type"], end["invocationId"]) == (3, "s/1")
    failed, ended = connection.next(), connection.next()
    assert (failed["type"], failed["invocationId"], failed["error"]) == (3, "s/2", "broken & ä")
    assert (ended["type"], ended["invocationId"], ended.get("error")) == (3, "s/3", None)


def test_commands_reach_those_whom_the_filter_chooses(client: SignalRServiceClient, connect: Connect) -> None:
    ann, bob, nobody = connect(user_id="o'ann"), connect(user_id="bob"), connect()
    client.execute([JoinGroup("it's"), SendMessage(HI)], where=user_is("o'ann") | is_anonymous())
    client.send_to_group("it's", Message("newMessage", ["in group"]))
    client.execute(LeaveGroup("it's"), where=in_group("it's") & ~connection_is(ann.connection_id))
    client.send_to_group("it's", Message("newMessage", ["still in group"]))
    client.execute(SendMessage(LAST))
    assert [ann.next_arguments()[0] for _ in range(4)] == ["hi", "in group", "still in group", "last"]
    assert [nobody.next_arguments()[0] for _ in range(3)] == ["hi", "in group", "last"]
    assert bob.next_arguments() == ["last"]


def test_a_command_closes_with_a_reason(client: SignalRServiceClient, connect: Connect) -> None:
    closed = connect(user_id="ann", claims=CURIOUS)
    client.execute(CloseConnection("out"), where="userId eq 'ann'")
    assert closed.next()["error"] == "out"


def test_a_filter_that_is_none_is_refused(client: SignalRServiceClient) -> None:
    with pytest.raises(BadRequestError, match="filter"):
        client.execute(JoinGroup("g"), where="userId is 'ann'")


def test_a_token_of_the_service_connects(client: SignalRServiceClient, clients: Clients) -> None:
    token = client.generate_token(user_id="ann/ä", lifetime=timedelta(minutes=5))
    connection = clients.connect(ClientAccessToken(client.get_client_access_token().url, token))
    client.send_to_user("ann/ä", HI)
    assert connection.next_arguments() == ["hi"]


def test_the_service_is_healthy(client: SignalRServiceClient) -> None:
    assert client.health()


def test_ready_frames_arrive_as_they_are(client: SignalRServiceClient, connect: Connect) -> None:
    connection = connect(user_id="ann")
    frame = b'{"type":1,"target":"newMessage","arguments":["raw"]}\x1e'
    client.send_to_user("ann", RawMessage(json=frame, messagepack=b"\x08\x96\x01\x80\xc0\xa1t\x90\x90"))
    assert connection.next_arguments() == ["raw"]


def test_many_targets_have_a_result_each(client: SignalRServiceClient, connect: Connect) -> None:
    connections = [connect(user_id=f"u{number}") for number in range(3)]
    ids = [connection.connection_id for connection in connections]
    added = list(client.add_connections_to_group("g", [ids[0], "no-connection", ids[1], ""]))
    assert [result.target for result in added] == [ids[0], "no-connection", ids[1], ""]
    assert [type(result.error).__name__ for result in added] == [
        "NoneType",
        "ResourceNotFoundError",
        "NoneType",
        "InvalidParameterError",
    ]
    assert client.add_users_to_group("h", (f"u{number}" for number in range(3))).finish() == Totals(3, 0)
    client.send_to_users(["u0", "nobody"], HI).finish()
    client.send_to_connections(ids[1:], HI).finish()
    client.send_to_groups(["g", "h"], HI, excluded=[ids[1]]).finish()
    client.send_to_all(LAST)
    received = [[c.next_arguments()[0] for _ in range(n)] for c, n in zip(connections, (4, 2, 3), strict=True)]
    assert received == [["hi", "hi", "hi", "last"], ["hi", "last"], ["hi", "hi", "last"]]
