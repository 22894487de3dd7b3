"""Keep-alive: what the passing of time does to a connection, state by state."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.connection import State
from emulator.keep_alive import RECONNECT_SECONDS
from emulator.options import ClientMessages, Options
from tests.emulator.offline import HANDSHAKE, OfflineService, invocation

PING = b'{"type":6}\x1e'
SAID = b'{"type":1,"target":"a","arguments":[]}\x1e'


@pytest.mark.parametrize(
    ("claims", "option", "limit"),
    [({}, 15, 15), ({"asrs.s.cht": 30}, 15, 30), ({"asrs.s.cht": "2"}, 15, 2), ({"asrs.s.cht": 99}, 3, 30), ({}, 3, 3)],
)
def test_the_token_says_how_long_a_handshake_may_take_and_the_option_where_it_does_not(
    claims: dict[str, Any], option: float, limit: float
) -> None:
    service = OfflineService(Options(handshake_timeout=option))
    client = service.attached(claims=claims)
    service.tick(limit)
    assert client.connection.state is State.HANDSHAKE
    service.tick(0.1)
    assert client.transport.take() == [{"error": "Handshake was canceled."}]
    assert client.transport.is_closed


@pytest.mark.parametrize(
    ("claims", "seconds", "close"),
    [
        ({"asrs.s.aeo": 100}, 99.9, None),
        ({"asrs.s.aeo": 100}, 100, {"allowReconnect": True}),
        ({"exp": 100}, 100, {"allowReconnect": True}),
        ({"asrs.s.aeo": 100, "asrs.s.dc": "true"}, 100, {}),
    ],
)
def test_a_connection_ends_with_its_token_where_the_token_says_so(
    claims: dict[str, Any], seconds: float, close: dict[str, bool] | None
) -> None:
    service = OfflineService(Options(client_timeout=1000, keep_alive_interval=1000))
    times = {name: service.clock() + value if value == 100 else value for name, value in claims.items()}
    closing, lasting = service.opened(claims={"asrs.s.coae": "true", **times}), service.opened(claims=times)
    service.tick(seconds)
    expected = [] if close is None else [{"type": 7, "error": "The access token expired.", **close}]
    assert closing.transport.take() == expected
    assert lasting.transport.take() == []


@pytest.mark.parametrize(("is_polling", "messages"), [(True, []), (False, [{"type": 6}])])
def test_a_transport_with_a_keep_alive_of_its_own_is_not_pinged(is_polling: bool, messages: list[Any]) -> None:
    service = OfflineService()
    client = service.opened()
    client.transport.has_inherent_keep_alive = is_polling
    service.tick(15)
    assert client.transport.take() == messages


def test_a_transport_with_a_keep_alive_of_its_own_has_no_client_timeout() -> None:
    service = OfflineService()
    client = service.opened()
    client.transport.has_inherent_keep_alive = True
    service.tick(10_000)
    assert client.connection.state is State.OPEN
    client.transport.has_gone = True
    service.tick(1)
    assert service.hub.connections == {}
    assert service.service.connection(client.connection.connection_token, "chat") is None


def test_a_client_that_has_gone_before_its_handshake_is_forgotten() -> None:
    service = OfflineService()
    client = service.attached()
    client.transport.has_gone = True
    service.tick(1)
    assert client.connection.state is State.CLOSED
    assert client.transport.writes == []


@pytest.mark.parametrize("has_gone", [True, False])
def test_a_client_that_has_gone_is_not_waited_for_with_its_last_message(has_gone: bool) -> None:
    service = OfflineService()
    client = service.opened()
    client.connection.close()
    service.flush()
    assert client.connection.state is State.CLOSING
    client.transport.has_gone = has_gone
    service.tick(1)
    assert client.connection.state is (State.CLOSED if has_gone else State.CLOSING)


def test_a_lost_client_is_waited_for_30_seconds() -> None:
    service = OfflineService()
    client = service.opened_with_reconnect()
    service.tick(20)
    service.receive(client, PING)
    service.lose(client)
    service.tick(RECONNECT_SECONDS)
    assert service.hub.connections == {client.connection_id: client.connection}
    service.tick(0.1)
    assert client.connection.state is State.CLOSED
    assert service.hub.connections == {}
    assert service.service.connection(client.connection.connection_token, "chat") is None


def test_a_client_that_came_back_is_looked_after_as_before() -> None:
    service = OfflineService()
    client = service.opened_with_reconnect()
    service.lose(client)
    service.tick(20)
    service.reattach(client)
    assert client.transport.take() == [{"type": 9, "sequenceId": 1}]
    service.tick(14.9)
    assert client.transport.take() == []
    service.tick(0.1)
    assert client.transport.take() == [{"type": 6}]
    service.tick(15.1)
    assert "client timeout" in client.transport.take()[-1]["error"]


def test_a_lost_client_is_not_pinged_and_its_token_still_counts() -> None:
    service = OfflineService()
    connection = service.service.negotiate(
        "chat", None, {"asrs.s.coae": "true", "exp": service.clock() + 20}, may_reconnect=True
    )
    transport = service.transport()
    connection.attach(transport, service.clock())
    connection.receive_data(HANDSHAKE.replace(b"1", b"2"), service.clock())
    service.flush()
    assert connection.can_resume
    connection.transport_lost(transport, service.clock(), clean=False)
    service.tick(16)
    assert connection.can_resume
    service.tick(4)
    assert service.service.connection(connection.connection_token, "chat") is None
    assert transport.take() == [{}]


def test_what_came_is_acknowledged_at_the_next_tick() -> None:
    service = OfflineService(Options(client_messages=ClientMessages.IGNORE))
    client = service.opened_with_reconnect()
    service.receive(client, SAID * 3 + PING)
    assert client.transport.take() == []
    service.tick(1)
    assert client.transport.take() == [{"type": 8, "sequenceId": 3}]
    service.tick(1)
    assert client.transport.take() == []


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_client_that_acknowledges_nothing_is_closed_above_the_limit(is_lost: bool) -> None:
    message = invocation("a", "x" * 100)
    service = OfflineService(Options(most_unsent_bytes=300))
    client = service.opened_with_reconnect()
    if is_lost:
        service.lose(client)
    service.hub.send_to_all(message)
    service.hub.send_to_all(message)
    service.flush()
    service.tick(1)
    assert client.connection.state is State.OPEN
    assert 200 < client.connection.unacknowledged_bytes <= 300
    service.hub.send_to_all(message)
    service.flush()
    service.tick(1)
    assert client.connection.state is (State.CLOSED if is_lost else State.CLOSING)


def test_without_stateful_reconnect_nothing_is_kept() -> None:
    service = OfflineService(Options(most_unsent_bytes=300))
    client = service.opened()
    for _ in range(10):
        service.hub.send_to_all(invocation("a", "x" * 100))
    service.tick(1)
    assert client.connection.unacknowledged_bytes == 0
    assert client.connection.state is State.OPEN


def test_an_idle_client_is_looked_at_once_in_a_keep_alive_interval() -> None:
    service = OfflineService(Options(keep_alive_interval=15, client_timeout=1000))
    client = service.opened()
    service.tick(0)
    looks: list[float] = []

    def look(now: float) -> bool:
        looks.append(now)
        return False

    client.transport.is_lost = look  # type: ignore[method-assign] # which is asked at every look
    for _ in range(30):
        service.tick(1)
    assert len(looks) == 2
    assert client.transport.take() == [{"type": 6}, {"type": 6}]


def test_a_failing_check_neither_ends_the_watch_over_its_client_nor_over_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = OfflineService(Options(keep_alive_interval=15))
    clients = [service.opened() for _ in range(3)]

    def fail(now: float) -> bool:
        raise RuntimeError

    clients[1].transport.is_lost = fail  # type: ignore[method-assign] # as a defect would
    service.tick(15)
    assert f"the keep-alive of connection {clients[1].connection_id} failed" in caplog.text
    assert [client.transport.take() for client in clients] == [[{"type": 6}], [], [{"type": 6}]]
    del clients[1].transport.is_lost
    service.tick(0)
    assert clients[1].transport.take() == [{"type": 6}]


def test_a_clock_that_is_set_back_puts_no_ping_off() -> None:
    service = OfflineService(Options(keep_alive_interval=15))
    clients = [service.opened() for _ in range(3)]
    service.tick(1)
    service.tick(-3600)
    assert [client.transport.take() for client in clients] == [[{"type": 6}]] * 3
    service.tick(14)
    assert [client.transport.take() for client in clients] == [[]] * 3
    service.tick(1)
    assert [client.transport.take() for client in clients] == [[{"type": 6}]] * 3
