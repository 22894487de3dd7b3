"""Quotas: how messages are counted, when the day begins anew, and what clients of a full service see."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.options import Options
from emulator.quota import DAY_SECONDS, Quota
from emulator.tiers import parse
from tests.emulator.offline import HANDSHAKE, START, Clock, OfflineService, invocation
from tests.emulator.transports.clients import LongPollingClient, SseClient, WebSocketClient, opened
from tests.emulator.wire import running_emulator

PATIENT: dict[str, Any] = {"asrs.s.ttl": 300}
FREE = parse("free")
CONNECTIONS_TEXT = b"Connection count reaches limit."
MESSAGES_CLOSE = {"type": 7, "error": "Message count reaches limit."}


@pytest.mark.parametrize(
    ("size", "receivers", "messages"),
    [(0, 1, 1), (1, 1, 1), (2048, 1, 1), (2049, 1, 2), (4096, 3, 6), (4097, 3, 9), (1, 0, 0)],
)
def test_messages_count_in_pieces_of_2_kb_once_per_receiver(size: int, receivers: int, messages: int) -> None:
    quota = Quota(None, Clock())
    quota.count(size, receivers)
    assert quota.messages_today == messages


def test_the_count_begins_anew_at_midnight_utc() -> None:
    clock = Clock()
    quota = Quota(FREE, clock)
    quota.count(1, 20_000)
    until_midnight = DAY_SECONDS - START % DAY_SECONDS
    clock.advance(until_midnight - 1)
    assert (quota.messages_today, quota.is_exhausted) == (20_000, True)
    clock.advance(1)
    assert (quota.messages_today, quota.is_exhausted) == (0, False)
    quota.count(1, 5)
    assert quota.messages_today == 5


@pytest.mark.parametrize(("tier", "last"), [("free", 19), ("standard", 999), ("premium:2", 1_999)])
def test_a_tier_admits_so_many_connections(tier: str, last: int) -> None:
    quota = Quota(parse(tier), Clock())
    assert quota.admits(last)
    assert not quota.admits(last + 1)


def test_without_a_tier_nothing_is_refused() -> None:
    quota = Quota(None, Clock())
    quota.count(1, 10**9)
    assert quota.admits(10**9)
    assert not quota.is_exhausted


def test_messages_above_the_quota_of_a_paid_tier_are_billed_not_refused() -> None:
    quota = Quota(parse("standard"), Clock())
    quota.count(1, 2_000_000)
    assert not quota.is_exhausted


def test_only_what_goes_out_counts() -> None:
    service = OfflineService(Options(tier=FREE))
    ann = service.opened("ann")
    service.opened("bob")
    service.hub.send_to_user("nobody", invocation())
    assert service.service.state()["messagesToday"] == 0
    service.hub.send_to_all(invocation("a", "x" * 3000))
    service.hub.send_to_all(invocation("b"), [ann.connection_id])
    service.tick(15)  # pings
    assert service.service.state()["messagesToday"] == 2 * 2 + 1


def test_when_the_days_messages_are_used_up_clients_are_closed_until_tomorrow() -> None:
    service = OfflineService(Options(tier=FREE))
    clients = [service.opened() for _ in range(2)]
    waiting = service.attached()
    for _ in range(10_000):
        service.hub.send_to_all(invocation())
    service.flush()
    for client in clients:
        client.transport.writes.clear()
    service.tick(1)
    for client in clients:
        assert client.transport.take() == [MESSAGES_CLOSE]
        assert client.transport.is_closed
    assert waiting.transport.writes == []
    late = service.opened()
    service.tick(1)
    assert late.transport.take() == [MESSAGES_CLOSE]
    service.tick(DAY_SECONDS)
    tomorrow = service.opened()
    service.tick(1)
    assert tomorrow.transport.take() == []


async def test_connection_21_of_the_free_tier_is_429_wherever_it_asks() -> None:
    async with running_emulator(Options(port=0, tier=FREE)) as emulator:
        early = await LongPollingClient.negotiated(emulator)
        kinds = (WebSocketClient.open, SseClient.open, LongPollingClient.open)
        clients = [await opened(kinds[number % 3], emulator, **PATIENT) for number in range(20)]
        assert (await emulator.state())["connections"] == 20
        negotiate = await emulator.client_request("POST", "/negotiate?hub=chat&negotiateVersion=1")
        connect = await early.poll()
        headers = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Authorization": f"Bearer {emulator.client_token()}",
        }
        skip = await emulator.request("GET", "/client/?hub=chat", headers=headers)
        assert [(answer.status, answer.body) for answer in (negotiate, connect, skip)] == [(429, CONNECTIONS_TEXT)] * 3
        await clients[0].leave()
        assert await emulator.is_gone(clients[0].connection_id)
        await opened(WebSocketClient.open, emulator)


def test_a_connection_that_was_let_in_together_with_the_last_is_closed_after_its_handshake() -> None:
    service = OfflineService(Options(tier=FREE))
    clients = [service.attached() for _ in range(21)]
    for client in clients:
        service.receive(client, HANDSHAKE + b'{"type":6}\x1e')
    assert [client.transport.take() for client in clients[:20]] == [[{}]] * 20
    assert clients[20].transport.take() == [{}, {"type": 7, "error": CONNECTIONS_TEXT.decode()}]
    assert clients[20].transport.is_closed
    assert len(service.hub.connections) == 20
