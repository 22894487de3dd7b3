"""Management: existence, groups and closing, over the wire."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import Message, ResourceNotFoundError, SignalRServiceClient
from tests.contract.conftest import Connect

HI, LAST = Message("newMessage", ["hi"]), Message("newMessage", ["last"])


def test_connection_and_user_exist_while_they_are_connected(client: SignalRServiceClient, connect: Connect) -> None:
    assert not client.user_exists("ann")
    assert not client.connection_exists("no-connection")
    connection = connect(user_id="ann")
    assert client.user_exists("ann")
    assert client.connection_exists(connection.connection_id)
    client.close_connection(connection.connection_id)
    assert connection.next()["type"] == 7
    assert not client.connection_exists(connection.connection_id)
    assert not client.user_exists("ann")


def test_a_connection_is_in_a_group_from_add_to_remove(client: SignalRServiceClient, connect: Connect) -> None:
    connection = connect()
    assert not client.group_exists("g")
    client.add_connection_to_group("g", connection.connection_id)
    assert client.group_exists("g")
    client.remove_connection_from_group("g", connection.connection_id)
    assert not client.group_exists("g")
    client.send_to_group("g", HI)
    client.send_to_all(LAST)
    assert connection.next_arguments() == ["last"]


def test_a_user_is_in_a_group_with_connections_of_now_and_later(client: SignalRServiceClient, connect: Connect) -> None:
    now = connect(user_id="ann")
    client.add_user_to_group("g", "ann")
    assert client.user_exists_in_group("g", "ann")
    later = connect(user_id="ann")
    client.send_to_group("g", HI)
    assert now.next_arguments() == later.next_arguments() == ["hi"]
    client.remove_user_from_group("g", "ann")
    assert not client.user_exists_in_group("g", "ann")
    client.send_to_group("g", HI)
    client.send_to_all(LAST)
    assert now.next_arguments() == later.next_arguments() == ["last"]


def test_a_ttl_of_zero_means_the_connections_of_now_alone(client: SignalRServiceClient, connect: Connect) -> None:
    now = connect(user_id="ann")
    client.add_user_to_group("g", "ann", ttl=timedelta(0))
    later = connect(user_id="ann")
    client.send_to_group("g", HI)
    client.send_to_all(LAST)
    assert (now.next_arguments(), later.next_arguments()) == (["hi"], ["last"])


def test_a_ttl_of_an_hour_covers_a_connection_of_later(client: SignalRServiceClient, connect: Connect) -> None:
    client.add_user_to_group("g", "ann", ttl=timedelta(hours=1))
    later = connect(user_id="ann")
    client.send_to_group("g", HI)
    assert later.next_arguments() == ["hi"]


def test_a_user_leaves_all_groups_at_once(client: SignalRServiceClient, connect: Connect) -> None:
    connection = connect(user_id="ann")
    for group in ("g", "h"):
        client.add_user_to_group(group, "ann")
    client.remove_user_from_all_groups("ann")
    assert not client.user_exists_in_group("g", "ann")
    for group in ("g", "h"):
        client.send_to_group(group, HI)
    client.send_to_all(LAST)
    assert connection.next_arguments() == ["last"]


def test_users_whom_nobody_knows_can_be_managed(client: SignalRServiceClient) -> None:
    client.remove_user_from_group("g", "nobody")
    client.remove_user_from_all_groups("nobody")
    assert not client.user_exists_in_group("g", "nobody")


def test_an_unknown_connection_cannot_be_added_or_closed(client: SignalRServiceClient) -> None:
    with pytest.raises(ResourceNotFoundError) as failed:
        client.add_connection_to_group("g", "no-connection")
    assert failed.value.error_code == "Error.Connection.NotExisted"
    with pytest.raises(ResourceNotFoundError) as failed:
        client.close_connection("no-connection", reason="gone")
    assert failed.value.error_code == "Warning.Connection.NotExisted"


def test_a_reason_is_told_to_a_client_that_asked_for_details(client: SignalRServiceClient, connect: Connect) -> None:
    curious, plain = connect(claims={"asrs.s.derror": "True"}), connect()
    for connection in (curious, plain):
        client.close_connection(connection.connection_id, reason="Too loud & ä/?")
    told = curious.next()
    assert (told["type"], told["error"], told["allowReconnect"]) == (7, "Too loud & ä/?", True)
    assert "Too loud" not in str(plain.next())


AWKWARD = [
    "a/b",
    "a%2Fb",
    "%2e%2e",
    "a b",
    " ",
    "ä😀",
    "a?b#c",
    "a+b&c=d",
    "...",
    "../x",
    "a\\b",
    "~*'()!",
    ":send",
    "x" * 300,
]


@pytest.mark.parametrize("name", AWKWARD)
def test_an_awkward_user_id_survives_the_round_trip(client: SignalRServiceClient, connect: Connect, name: str) -> None:
    connection = connect(user_id=name)
    assert client.user_exists(name)
    client.send_to_user(name, HI)
    client.send_to_all(LAST)
    assert [connection.next_arguments(), connection.next_arguments()] == [["hi"], ["last"]]


@pytest.mark.parametrize("name", [name for name in AWKWARD if name.strip()])
def test_an_awkward_group_survives_the_round_trip(client: SignalRServiceClient, connect: Connect, name: str) -> None:
    connection = connect()
    client.add_connection_to_group(name, connection.connection_id)
    assert client.group_exists(name)
    client.send_to_group(name, HI)
    assert connection.next_arguments() == ["hi"]


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=80).filter(
    lambda name: name not in {".", ".."} and bool(name.strip())
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(group=NAMES, user_id=NAMES)
def test_any_user_in_any_group_is_found_again(client: SignalRServiceClient, group: str, user_id: str) -> None:
    client.add_user_to_group(group, user_id)
    assert client.user_exists_in_group(group, user_id)
    client.remove_user_from_group(group, user_id)
    assert not client.user_exists_in_group(group, user_id)
