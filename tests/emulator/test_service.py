"""The service: ids, clients' messages, and what happens as time goes by."""

from __future__ import annotations

import re

import pytest

from emulator.connection import State
from emulator.options import ClientMessages, Options
from emulator.service import LISTEN_MODE_TEXT
from tests.emulator.offline import HANDSHAKE, OfflineClient, OfflineService, invocation

PING = b'{"type":6}\x1e'
INVOCATION = b'{"type":1,"target":"send","arguments":[1]}\x1e'


def tick(service: OfflineService, seconds: float) -> None:
    service.clock.advance(seconds)
    service.service.tick()
    service.flush()


def hear(service: OfflineService, client: OfflineClient) -> None:
    service.receive(client, PING)


def test_ids_look_like_the_services_and_share_their_ending() -> None:
    service = OfflineService().service
    one, other = (service.negotiate("chat", None, {}, version=1) for _ in range(2))
    ids = [one.connection_id, one.connection_token, other.connection_id, other.connection_token]
    assert len(set(ids)) == 4
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{31}", found) for found in ids)
    assert len({found[-9:] for found in ids}) == 1


def test_in_version_0_the_connection_token_is_the_connection_id() -> None:
    connection = OfflineService().service.negotiate("chat", None, {}, version=0)
    assert connection.connection_token == connection.connection_id


def test_a_connection_is_found_by_its_token_in_its_hub_only() -> None:
    service = OfflineService().service
    connection = service.negotiate("Chat", None, {}, version=1)
    assert service.connection(connection.connection_token, "CHAT") is connection
    assert service.connection(connection.connection_token, "other") is None
    assert service.connection(connection.connection_id, "chat") is None


def test_a_client_is_pinged_after_15_seconds_of_silence_and_not_before() -> None:
    service = OfflineService()
    client = service.opened()
    tick(service, 14.9)
    assert client.transport.take() == []
    tick(service, 0.1)
    assert client.transport.take() == [{"type": 6}]
    tick(service, 1)
    assert client.transport.take() == []


def test_a_client_that_was_sent_something_is_not_pinged() -> None:
    service = OfflineService()
    client = service.opened()
    service.clock.advance(10)
    service.hub.send_to_all(invocation())
    service.flush()
    tick(service, 10)
    assert [message["type"] for message in client.transport.take()] == [1]
    tick(service, 5)
    assert client.transport.take() == [{"type": 6}]


def test_a_client_that_says_nothing_for_30_seconds_is_disconnected() -> None:
    service = OfflineService()
    silent, lively = service.opened(), service.opened()
    tick(service, 30)
    hear(service, lively)
    assert service.hub.connections.keys() == {silent.connection_id, lively.connection_id}
    tick(service, 0.1)
    assert list(service.hub.connections) == [lively.connection_id]
    close = silent.transport.take()[-1]
    assert "client timeout" in close["error"]
    assert close["allowReconnect"] is True
    assert silent.transport.is_closed


def test_any_message_of_a_client_counts_as_a_sign_of_life() -> None:
    service = OfflineService(Options(client_messages=ClientMessages.IGNORE))
    client = service.opened()
    for _ in range(5):
        tick(service, 29)
        service.receive(client, INVOCATION)
    assert client.connection.state is State.OPEN


def test_a_handshake_that_does_not_come_is_canceled() -> None:
    service = OfflineService()
    client = service.attached()
    tick(service, 15)
    assert not client.transport.is_closed
    tick(service, 0.1)
    assert client.transport.take() == [{"error": "Handshake was canceled."}]
    assert client.transport.is_closed


def test_a_handshake_that_trickles_in_has_no_longer() -> None:
    service = OfflineService()
    client = service.attached()
    for byte in HANDSHAKE[:3]:
        tick(service, 5)
        service.receive(client, bytes([byte]))
    tick(service, 0.1)
    assert client.connection.state is State.CLOSING


def test_a_late_handshake_starts_the_client_timeout() -> None:
    service = OfflineService()
    client = service.attached()
    tick(service, 14)
    service.receive(client, HANDSHAKE)
    tick(service, 29)
    assert client.connection.state is State.OPEN


def test_an_id_that_is_not_used_is_dropped_after_5_seconds() -> None:
    service = OfflineService()
    connection = service.service.negotiate("chat", None, {}, version=1)
    tick(service, 5)
    assert service.service.connection(connection.connection_token, "chat") is connection
    tick(service, 0.1)
    assert service.service.connection(connection.connection_token, "chat") is None


def test_every_time_limit_can_be_set() -> None:
    options = Options(keep_alive_interval=1, client_timeout=2, handshake_timeout=3, connect_timeout=4)
    service = OfflineService(options)
    opened, attached = service.opened(), service.attached()
    negotiated = service.service.negotiate("chat", None, {}, version=1)
    states = []
    for _ in range(5):
        tick(service, 1.001)
        states.append((opened.connection.state, attached.connection.state, negotiated.state))
    assert states == [
        (State.OPEN, State.HANDSHAKE, State.NEGOTIATED),
        (State.CLOSING, State.HANDSHAKE, State.NEGOTIATED),
        (State.CLOSING, State.CLOSING, State.NEGOTIATED),
        (State.CLOSING, State.CLOSING, State.CLOSED),
        (State.CLOSING, State.CLOSING, State.CLOSED),
    ]
    assert opened.transport.take()[0] == {"type": 6}


def test_a_closed_connection_is_left_alone() -> None:
    service = OfflineService()
    client = service.opened()
    client.connection.close()
    service.flush()
    client.transport.take()
    tick(service, 1000)
    assert client.transport.writes == []


@pytest.mark.parametrize("kind", [1, 4])
def test_an_invocation_is_answered_with_a_close_that_says_why(kind: int) -> None:
    service = OfflineService()
    client = service.opened()
    record = f'{{"type":{kind},"invocationId":"1","target":"send","arguments":[]}}\x1e'
    service.receive(client, record.encode())
    assert client.transport.take() == [{"type": 7, "error": LISTEN_MODE_TEXT}]
    assert client.transport.is_closed
    assert service.hub.connections == {}


def test_an_invocation_is_ignored_where_the_option_says_so() -> None:
    service = OfflineService(Options(client_messages=ClientMessages.IGNORE))
    client = service.opened()
    service.receive(client, INVOCATION)
    assert client.transport.writes == []
    assert client.connection.state is State.OPEN


@pytest.mark.parametrize(
    "record",
    [
        b'{"type":2,"invocationId":"1","item":1}\x1e',
        b'{"type":3,"invocationId":"1","result":null}\x1e',
        b'{"type":5,"invocationId":"1"}\x1e',
        b'{"type":8,"sequenceId":1}\x1e',
        b'{"type":99}\x1e',
        PING,
    ],
)
def test_other_messages_of_a_client_are_taken_without_an_answer(record: bytes) -> None:
    service = OfflineService()
    client = service.opened()
    service.receive(client, record)
    assert client.transport.writes == []
    assert client.connection.state is State.OPEN


def test_closing_all_reaches_every_client_in_whatever_state() -> None:
    service = OfflineService()
    opened, attached, other = service.opened(), service.attached(), service.opened(hub="other")
    negotiated = service.service.negotiate("chat", None, {}, version=1)
    service.service.close_all()
    service.flush()
    assert [client.transport.take() for client in (opened, other)] == [[{"type": 7, "allowReconnect": True}]] * 2
    assert attached.transport.is_closed
    assert negotiated.state is State.NEGOTIATED  # it would come to the next emulator, or be dropped in time
    for client in (opened, attached, other):
        service.lose(client, clean=True)
    assert list(service.service._by_token.values()) == [negotiated]


def test_hubs_that_were_only_named_are_forgotten_within_a_minute() -> None:
    service = OfflineService()
    client = service.opened(hub="kept")
    service.service.hub("named")
    service.service.hub("user").add_user_to_group("news", "ann", 90, service.clock())
    tick(service, 20)
    assert set(service.service.state()["hubs"]) == {"kept", "named", "user"}
    for expected in ({"kept", "user"}, {"kept"}):
        for _ in range(3):
            hear(service, client)
            tick(service, 20)
        assert set(service.service.state()["hubs"]) == expected
    assert service.service.hub("kept").connections.keys() == {client.connection_id}


def test_a_connection_that_was_never_opened_makes_no_hub() -> None:
    service = OfflineService()
    service.service.negotiate("chat", None, {})
    tick(service, 6)
    assert service.service.state()["hubs"] == {}
    assert service.service._by_token == {}


def test_only_what_was_negotiated_and_not_opened_counts_against_a_flood() -> None:
    service = OfflineService(Options(most_negotiated=2))
    for _ in range(3):
        service.opened()
    service.service.negotiate("chat", None, {})
    assert service.service.refusal() is None
    service.service.negotiate("chat", None, {})
    assert service.service.refusal() == "Too many connections have been negotiated and not opened."
    tick(service, 6)
    assert service.service.refusal() is None
