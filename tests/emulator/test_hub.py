"""A hub: who receives a send, who is in which group, and that nothing stays behind."""

from __future__ import annotations

import pytest

from emulator.connection import State
from tests.emulator.offline import START, OfflineClient, OfflineService, invocation


def targets(service: OfflineService, *clients: OfflineClient) -> list[list[str]]:
    service.flush()
    return [[message["target"] for message in client.transport.take()] for client in clients]


def test_send_to_all_reaches_every_connection_but_the_excluded() -> None:
    service = OfflineService()
    ann, bob, carl = (service.opened() for _ in range(3))
    service.hub.send_to_all(invocation("a"))
    service.hub.send_to_all(invocation("b"), {bob.connection_id, "nobody"})
    assert targets(service, ann, bob, carl) == [["a", "b"], ["a"], ["a", "b"]]


def test_send_to_user_reaches_all_connections_of_the_user_and_no_other() -> None:
    service = OfflineService()
    phone, laptop, bob, anonymous = (service.opened(user) for user in ("ann", "ann", "bob", None))
    service.hub.send_to_user("ann", invocation("a"))
    service.hub.send_to_user("nobody", invocation("b"))
    assert targets(service, phone, laptop, bob, anonymous) == [["a"], ["a"], [], []]


def test_send_to_connection_reaches_this_one() -> None:
    service = OfflineService()
    one, other = service.opened("ann"), service.opened("ann")
    service.hub.send_to_connection(one.connection_id, invocation("a"))
    service.hub.send_to_connection("nobody", invocation("b"))
    assert targets(service, one, other) == [["a"], []]


def test_send_to_group_reaches_its_members_but_the_excluded() -> None:
    service = OfflineService()
    ann, bob, carl = (service.opened() for _ in range(3))
    for member in (ann, bob):
        assert service.hub.add_connection_to_group("news", member.connection_id)
    service.hub.send_to_group("news", invocation("a"))
    service.hub.send_to_group("news", invocation("b"), [ann.connection_id])
    service.hub.send_to_group("nobody's", invocation("c"))
    assert targets(service, ann, bob, carl) == [["a"], ["a", "b"], []]


def test_a_connection_put_in_a_group_twice_receives_once() -> None:
    service = OfflineService()
    ann = service.opened("ann")
    service.hub.add_connection_to_group("news", ann.connection_id)
    service.hub.add_user_to_group("news", "ann", None, START)
    service.hub.send_to_group("news", invocation("a"))
    assert targets(service, ann) == [["a"]]


def test_a_removed_connection_receives_no_more_of_the_group() -> None:
    service = OfflineService()
    ann, bob = service.opened(), service.opened()
    for member in (ann, bob):
        service.hub.add_connection_to_group("news", member.connection_id)
    service.hub.remove_connection_from_group("news", ann.connection_id)
    service.hub.remove_connection_from_group("news", ann.connection_id)
    service.hub.remove_connection_from_group("news", "nobody")
    service.hub.send_to_group("news", invocation("a"))
    assert targets(service, ann, bob) == [[], ["a"]]


def test_an_unknown_connection_is_put_in_no_group() -> None:
    service = OfflineService()
    assert not service.hub.add_connection_to_group("news", "nobody")
    assert service.hub.groups == {}


def test_a_user_in_a_group_takes_connections_of_now_and_later_into_it() -> None:
    service = OfflineService()
    now, bob = service.opened("ann"), service.opened("bob")
    service.hub.add_user_to_group("news", "ann", None, service.clock())
    later = service.opened("ann")
    service.hub.send_to_group("news", invocation("a"))
    assert targets(service, now, later, bob) == [["a"], ["a"], []]


def test_ttl_counts_for_connections_to_come_only() -> None:
    service = OfflineService()
    before = service.opened("ann")
    service.hub.add_user_to_group("news", "ann", 10, service.clock())
    service.clock.advance(11)
    after = service.opened("ann")
    service.hub.send_to_group("news", invocation("a"))
    assert targets(service, before, after) == [["a"], []]


def test_ttl_of_zero_adds_the_connections_of_now_only() -> None:
    service = OfflineService()
    now = service.opened("ann")
    service.hub.add_user_to_group("news", "ann", 0, service.clock())
    later = service.opened("ann")
    service.hub.send_to_group("news", invocation("a"))
    assert targets(service, now, later) == [["a"], []]
    assert not service.hub.user_exists_in_group("news", "ann", service.clock())


def test_a_user_is_in_a_group_whether_connected_or_not() -> None:
    service = OfflineService()
    service.hub.add_user_to_group("news", "ann", None, START)
    assert service.hub.user_exists_in_group("news", "ann", START)
    assert not service.hub.user_exists_in_group("other", "ann", START)
    service.hub.remove_user_from_group("news", "ann")
    assert not service.hub.user_exists_in_group("news", "ann", START)


def test_a_user_removed_from_a_group_leaves_it_with_every_connection() -> None:
    service = OfflineService()
    ann, bob = service.opened("ann"), service.opened("bob")
    for user_id in ("ann", "bob"):
        service.hub.add_user_to_group("news", user_id, None, START)
    service.hub.remove_user_from_group("news", "ann")
    later = service.opened("ann")
    service.hub.send_to_group("news", invocation("a"))
    assert targets(service, ann, bob, later) == [[], ["a"], []]


def test_a_user_removed_from_all_groups_leaves_those_of_its_connections_too() -> None:
    service = OfflineService()
    ann, bob = service.opened("ann"), service.opened("bob")
    service.hub.add_user_to_group("a", "ann", None, START)
    for group, member in (("a", bob), ("b", ann)):
        service.hub.add_connection_to_group(group, member.connection_id)
    service.hub.remove_user_from_all_groups("ann")
    service.hub.remove_user_from_all_groups("nobody")
    assert ann.connection.groups == {}
    assert list(service.hub.groups) == ["a"]
    assert not service.hub.user_exists_in_group("a", "ann", START)


def test_nothing_of_a_connection_stays_in_the_index_when_it_leaves() -> None:
    service = OfflineService()
    ann, bob = service.opened("ann"), service.opened("bob")
    for group, member in (("a", ann), ("b", ann), ("b", bob)):
        service.hub.add_connection_to_group(group, member.connection_id)
    service.lose(ann)
    assert list(service.hub.groups) == ["b"]
    assert list(service.hub.users) == ["bob"]
    service.lose(bob)
    assert (service.hub.connections, service.hub.users, service.hub.groups) == ({}, {}, {})


def test_a_connection_can_leave_only_once() -> None:
    service = OfflineService()
    ann = service.opened("ann")
    service.hub.leave(ann.connection)
    service.hub.leave(ann.connection)
    assert service.hub.connections == {}


def test_a_send_to_a_group_costs_its_members_only() -> None:
    service = OfflineService()
    members = [service.opened() for _ in range(2)]
    others = [service.opened() for _ in range(20)]
    for member in members:
        service.hub.add_connection_to_group("news", member.connection_id)
    service.hub.send_to_group("news", invocation())
    (waiting,) = service.outbox._waiting
    assert waiting.connections == [member.connection for member in members]
    assert targets(service, *others) == [[]] * len(others)


@pytest.mark.parametrize(
    ("hub", "user_id", "group", "is_reached"),
    [("CHAT", "Ann", "News", True), ("chat", "ann", "News", False), ("chat", "Ann", "news", False)],
)
def test_hubs_are_named_in_any_case_but_users_and_groups_are_not(
    hub: str, user_id: str, group: str, is_reached: bool
) -> None:
    service = OfflineService()
    ann = service.opened("Ann", hub="Chat")
    service.hub.add_connection_to_group("News", ann.connection_id)
    named = service.service.hub(hub)
    named.send_to_user(user_id, invocation())
    named.send_to_group(group, invocation())
    assert len(targets(service, ann)[0]) == 1 + is_reached


def test_hubs_do_not_hear_of_each_other() -> None:
    service = OfflineService()
    here, there = service.opened("ann"), service.opened("ann", hub="other")
    service.hub.send_to_all(invocation())
    service.hub.send_to_user("ann", invocation())
    service.hub.send_to_connection(there.connection_id, invocation())
    assert [len(found) for found in targets(service, here, there)] == [2, 0]


def test_closing_a_connection_says_whether_it_was_there() -> None:
    service = OfflineService()
    ann = service.opened()
    assert service.hub.close_connection(ann.connection_id, None)
    assert not service.hub.close_connection(ann.connection_id, None)
    assert ann.connection.state is State.CLOSING


def test_every_connection_closes_but_the_excluded() -> None:
    service = OfflineService()
    ann, bob, carl = service.opened("ann"), service.opened("bob"), service.opened("carl")
    service.hub.close_all("enough", {bob.connection_id})
    assert [client.connection.state for client in (ann, bob, carl)] == [State.CLOSING, State.OPEN, State.CLOSING]
    assert list(service.hub.connections) == [bob.connection_id]


def test_a_groups_and_a_users_connections_close_but_the_excluded() -> None:
    service = OfflineService()
    phone, _, bob = (service.opened(user_id) for user_id in ("ann", "ann", "bob"))
    for member in (phone, bob):
        service.hub.add_connection_to_group("news", member.connection_id)
    service.hub.close_user("ann", None, [phone.connection_id])
    assert list(service.hub.connections) == [phone.connection_id, bob.connection_id]
    service.hub.close_group("news", None, [bob.connection_id])
    assert list(service.hub.connections) == [bob.connection_id]
    service.hub.close_user("nobody", None)
    service.hub.close_group("nobody's", None)
    assert list(service.hub.connections) == [bob.connection_id]


def test_a_connection_removed_from_all_groups_leaves_them_while_its_user_stays_a_member() -> None:
    service = OfflineService()
    ann = service.opened("ann")
    service.hub.add_user_to_group("a", "ann", None, START)
    service.hub.add_connection_to_group("b", ann.connection_id)
    service.hub.remove_connection_from_all_groups(ann.connection_id)
    service.hub.remove_connection_from_all_groups("nobody")
    assert (service.hub.groups, dict(ann.connection.groups)) == ({}, {})
    assert service.hub.user_exists_in_group("a", "ann", START)


def test_a_send_to_chosen_connections_passes_over_those_that_left() -> None:
    service = OfflineService()
    ann, bob = service.opened(), service.opened()
    bob.connection.give_up()
    service.hub.send_to([ann.connection, bob.connection], invocation("a"))
    assert targets(service, ann, bob) == [["a"], []]


def test_members_are_listed_in_the_order_of_joining_from_any_of_them_on() -> None:
    service = OfflineService()
    clients = [service.opened() for _ in range(5)]
    for client in reversed(clients):
        service.hub.add_connection_to_group("news", client.connection_id)
    service.hub.add_connection_to_group("news", clients[4].connection_id)  # again: it keeps its place
    first = service.hub.members("news", 0, 2)
    assert first == [clients[4].connection, clients[3].connection]
    clients[3].connection.give_up()
    rest = service.hub.members("news", 2, 200)
    assert rest == [clients[2].connection, clients[1].connection, clients[0].connection]
    assert service.hub.members("nobody's", 0, 200) == []
