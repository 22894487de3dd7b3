"""The long polling transport over the wire: how each kind of poll is answered, and when a client counts as gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from emulator.options import Options
from emulator.transports.long_polling.transport import LongPolling
from tests.emulator.offline import HANDSHAKE, Clock
from tests.emulator.transports.clients import LongPollingClient, opened
from tests.emulator.wire import DEADLINE_SECONDS, Answer, WireEmulator, running_emulator

PATIENT = {"asrs.s.ttl": 300}
HANDSHAKE_DONE = b"{}\x1e"


def assert_not_cached(answer: Answer) -> None:
    assert answer.headers["Cache-Control"] == "no-cache, no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert answer.headers["Expires"] == "Thu, 01 Jan 1970 00:00:00 GMT"


def kind_of(answer: Answer) -> tuple[int, bytes, str | None, str | None]:
    return answer.status, answer.body, answer.headers.get("Content-Type"), answer.headers.get("Content-Length")


async def is_forgotten(client: LongPollingClient) -> bool:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await client.post(b"")).status != 404:
            await asyncio.sleep(0.005)
    return True


async def test_the_first_poll_is_answered_at_once_and_empty() -> None:
    async with running_emulator() as emulator:
        client = await LongPollingClient.negotiated(emulator)
        answer = await client.poll()
    assert kind_of(answer) == (200, b"", "application/octet-stream", "0")
    assert_not_cached(answer)


async def test_a_poll_takes_all_that_waits_in_one_body() -> None:
    async with running_emulator() as emulator:
        client = await opened(LongPollingClient.open, emulator)
        for target in "abc":
            await emulator.rest("POST", "chat", {"target": target})
        answer = await client.poll()
    records = [b'{"type":1,"target":"%b","arguments":[]}\x1e' % target for target in (b"a", b"b", b"c")]
    body = b"".join(records)
    assert kind_of(answer) == (200, body, "application/octet-stream", str(len(body)))
    assert_not_cached(answer)


async def test_a_poll_waits_for_what_comes() -> None:
    async with running_emulator() as emulator:
        client = await opened(LongPollingClient.open, emulator)
        poll = asyncio.create_task(client.poll())
        await emulator.is_waited_on()
        await emulator.rest("POST", "chat", {"target": "a"})
        assert (await poll).body == b'{"type":1,"target":"a","arguments":[]}\x1e'


async def test_a_poll_that_waits_too_long_is_answered_empty() -> None:
    async with running_emulator(Options(port=0, poll_timeout=0.01)) as emulator:
        client = await opened(LongPollingClient.open, emulator)
        for _ in range(2):
            answer = await client.poll()
            assert kind_of(answer) == (200, b"", "text/plain", "0")
            assert_not_cached(answer)
        assert await emulator.received([client]) == [[]]


async def test_a_newer_poll_ends_the_older_one_and_takes_what_comes() -> None:
    async with running_emulator() as emulator:
        client = await opened(LongPollingClient.open, emulator)
        older = asyncio.create_task(client.poll())
        await emulator.is_waited_on()
        newer = asyncio.create_task(client.poll())
        answer = await older
        assert (answer.status, answer.body) == (204, b"")
        assert_not_cached(answer)
        await emulator.rest("POST", "chat", {"target": "a"})
        assert (await newer).body == b'{"type":1,"target":"a","arguments":[]}\x1e'


async def test_a_delete_is_202_and_ends_the_open_poll_with_204() -> None:
    async with running_emulator() as emulator:
        client = await opened(LongPollingClient.open, emulator)
        poll = asyncio.create_task(client.poll())
        await emulator.is_waited_on()
        answer = await emulator.request("DELETE", client.path, headers=client.headers)
        assert kind_of(answer) == (202, b"", "text/plain", "0")
        assert (await poll).status == 204
        assert (await emulator.request("DELETE", client.path, headers=client.headers)).status == 404


async def test_after_a_close_the_last_message_is_given_out_then_204_then_404() -> None:
    async with running_emulator() as emulator:
        client = await opened(LongPollingClient.open, emulator)
        poll = asyncio.create_task(client.poll())
        await emulator.is_waited_on()
        await emulator.rest("DELETE", f"chat/connections/{client.connection_id}")
        assert (await poll).body == b'{"type":7,"allowReconnect":true}\x1e'
        answers = [await client.poll() for _ in range(2)]
        assert [answer.status for answer in answers] == [204, 404]


async def test_what_is_posted_before_the_first_poll_is_read_with_it() -> None:
    async with running_emulator() as emulator:
        client = await LongPollingClient.negotiated(emulator)
        await client.send(HANDSHAKE.decode())
        assert (await emulator.rest("HEAD", f"chat/connections/{client.connection_id}")).status == 404
        assert (await client.poll()).body == b""
        assert (await client.poll()).body == HANDSHAKE_DONE
        assert await emulator.received([client]) == [[]]


async def test_no_more_than_1_mib_is_kept_before_the_first_poll() -> None:
    async with running_emulator() as emulator:
        client = await LongPollingClient.negotiated(emulator)
        assert (await client.post(b"x" * 1_048_576)).status == 200
        assert (await client.post(b"x")).status == 200
        assert (await client.post(b"x")).status == 404


@pytest.mark.parametrize(("claims", "gap"), [({}, 5.0), ({"asrs.s.ttl": 20}, 20.0), ({"asrs.s.ttl": 900}, 300.0)])
async def test_a_client_that_does_not_poll_again_is_gone(claims: dict[str, Any], gap: float) -> None:
    clock = Clock()
    options = Options(port=0, keep_alive_interval=0.02, client_timeout=1, handshake_timeout=1000)
    async with running_emulator(options, clock=clock) as emulator:
        shaken = await opened(LongPollingClient.open, emulator, **claims)
        unshaken = await LongPollingClient.open(emulator, **claims)
        await pass_time(emulator, clock, gap)
        assert [(await client.post(b"")).status for client in (shaken, unshaken)] == [200, 200]
        clock.advance(0.1)
        assert await is_forgotten(shaken)
        assert await is_forgotten(unshaken)
        assert await emulator.is_gone(shaken.connection_id)


async def pass_time(emulator: WireEmulator, clock: Clock, seconds: float) -> None:
    """Let so much time pass, and the emulator look after its connections."""
    witness = await emulator.open()
    clock.advance(seconds)
    assert (await witness.next())["type"] in (6, 7)


async def test_an_open_poll_says_that_the_client_lives_and_neither_side_pings() -> None:
    clock = Clock()
    async with running_emulator(Options(port=0, keep_alive_interval=0.02), clock=clock) as emulator:
        client = await opened(LongPollingClient.open, emulator)
        poll = asyncio.create_task(client.poll())
        await emulator.is_waited_on()
        await pass_time(emulator, clock, 10_000)
        await emulator.rest("POST", "chat", {"target": "a"})
        assert (await poll).body == b'{"type":1,"target":"a","arguments":[]}\x1e'


def test_a_client_that_let_too_much_wait_counts_as_gone_and_nothing_more_waits() -> None:
    clock = Clock()
    transport = LongPolling(gap=5, most_unsent_bytes=10, clock=clock)
    transport.write(b"x" * 10)
    assert not transport.is_lost(clock())
    transport.write(b"x")
    transport.write(b"x")
    assert transport.is_lost(clock())
    assert transport.is_done
    assert transport.take() == b""


async def test_a_closed_client_that_does_not_fetch_its_last_message_is_forgotten() -> None:
    clock = Clock()
    async with running_emulator(Options(port=0, keep_alive_interval=0.02), clock=clock) as emulator:
        client = await opened(LongPollingClient.open, emulator)
        await emulator.rest("DELETE", f"chat/connections/{client.connection_id}")
        await pass_time(emulator, clock, 5.1)
        assert (await emulator.request("DELETE", client.path, headers=client.headers)).status == 404
