"""Sends: who receives a message and who does not, over the wire."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared import Message, SignalRServiceClient
from tests.contract.conftest import Connect


def message(*arguments: object) -> Message:
    return Message("newMessage", arguments)


# A connection that must not receive something is sent a last message: what it receives first tells.
LAST = message("last")


def test_everyone_receives_a_broadcast_but_the_excluded(client: SignalRServiceClient, connect: Connect) -> None:
    ann, bob, cleo = connect(user_id="ann"), connect(user_id="bob"), connect()
    client.send_to_all(message("hi", 1), excluded=[bob.connection_id, "nobody,else"])
    client.send_to_all(LAST)
    assert [ann.next_arguments(), ann.next_arguments()] == [["hi", 1], ["last"]]
    assert [cleo.next_arguments(), cleo.next_arguments()] == [["hi", 1], ["last"]]
    assert bob.next_arguments() == ["last"]


def test_a_user_receives_on_every_connection_and_nobody_else_does(
    client: SignalRServiceClient, connect: Connect
) -> None:
    phone, laptop, other, anonymous = connect(user_id="ann"), connect(user_id="ann"), connect(user_id="Ann"), connect()
    client.send_to_user("ann", message("hi"))
    client.send_to_all(LAST)
    assert phone.next_arguments() == laptop.next_arguments() == ["hi"]
    assert other.next_arguments() == anonymous.next_arguments() == ["last"]


def test_a_group_receives_but_the_excluded(client: SignalRServiceClient, connect: Connect) -> None:
    inside, excluded, outside = connect(), connect(), connect()
    for connection in (inside, excluded):
        client.add_connection_to_group("g", connection.connection_id)
    client.send_to_group("g", message("hi"), excluded=[excluded.connection_id])
    client.send_to_all(LAST)
    assert inside.next_arguments() == ["hi"]
    assert excluded.next_arguments() == outside.next_arguments() == ["last"]


def test_one_connection_receives(client: SignalRServiceClient, connect: Connect) -> None:
    one, other = connect(user_id="ann"), connect(user_id="ann")
    client.send_to_connection(one.connection_id, message("hi"))
    client.send_to_all(LAST)
    assert (one.next_arguments(), other.next_arguments()) == (["hi"], ["last"])


def test_hubs_are_apart_and_their_names_have_no_case(client: SignalRServiceClient, connect: Connect) -> None:
    here = connect()
    client.for_hub(f"{client.hub}_other").send_to_all(message("elsewhere"))
    client.for_hub(client.hub.upper()).send_to_all(LAST)
    assert here.next_arguments() == ["last"]


def test_a_send_to_nobody_is_success(client: SignalRServiceClient) -> None:
    client.send_to_all(message())
    client.send_to_user("nobody", message())
    client.send_to_group("nothing", message())
    client.send_to_connection("no-connection", message())


@pytest.mark.parametrize(
    "argument",
    [
        None,
        True,
        'ä 😀 \u2028 \x1e \x00 \\ "',
        "2024-01-01T00:00:00Z",
        2**53 + 1,
        -(2**63),
        1.5,
        1e300,
        [],
        {},
        {"a": [{"b": None}], "": "empty key"},
    ],
    ids=repr,
)
def test_an_argument_arrives_as_it_was_sent(client: SignalRServiceClient, connect: Connect, argument: object) -> None:
    connection = connect()
    client.send_to_all(message(argument, "and more"))
    assert connection.next_arguments() == [argument, "and more"]


def test_twelve_arguments_arrive_and_none_does_too(client: SignalRServiceClient, connect: Connect) -> None:
    connection = connect()
    client.send_to_all(message(*range(12)))
    client.send_to_all(message())
    assert connection.next_arguments() == list(range(12))
    assert connection.next_arguments() == []


def test_a_message_of_exactly_the_limit_arrives(client: SignalRServiceClient, connect: Connect) -> None:
    connection = connect()
    text = "x" * (1_048_576 - len(message("").body))
    client.send_to_all(message(text))
    assert connection.next_arguments() == [text]


def test_messages_of_32_threads_arrive_once_each(client: SignalRServiceClient, connect: Connect) -> None:
    connection = connect(user_id="ann")
    with ThreadPoolExecutor(32) as threads:
        list(threads.map(lambda number: client.send_to_user("ann", message(number)), range(300)))
    assert sorted(connection.next_arguments()[0] for _ in range(300)) == list(range(300))
