"""What is the same on every transport: one set of tests that all of them pass."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from emulator.connection import UNDETAILED_ERROR
from emulator.options import ClientMessages, Options
from emulator.server import start
from emulator.service import LISTEN_MODE_TEXT
from tests.emulator.offline import HANDSHAKE, Clock
from tests.emulator.transports.clients import EVERY_TRANSPORT, NAMES, Opener, opened
from tests.emulator.wire import WireEmulator, running_emulator

PING = '{"type":6}\x1e'
INVOCATION = '{"type":1,"invocationId":"1","target":"send","arguments":[1]}\x1e'


@pytest.fixture(params=EVERY_TRANSPORT, ids=NAMES)
def open_client(request: pytest.FixtureRequest) -> Opener:
    opener: Opener = request.param
    return opener


async def test_a_client_is_in_the_hub_after_its_handshake_and_not_before(open_client: Opener) -> None:
    async with running_emulator() as emulator:
        client = await open_client(emulator)
        assert (await emulator.rest("HEAD", f"chat/connections/{client.connection_id}")).status == 404
        await client.send(HANDSHAKE.decode())
        assert await client.next() == {}
        assert (await emulator.rest("HEAD", f"chat/connections/{client.connection_id}")).status == 200


async def test_a_handshake_may_come_in_pieces(open_client: Opener) -> None:
    async with running_emulator() as emulator:
        client = await open_client(emulator)
        for piece in (HANDSHAKE[:5], HANDSHAKE[5:-1], HANDSHAKE[-1:]):
            await client.send(piece.decode())
        assert await client.next() == {}


async def test_a_message_may_come_with_the_handshake(open_client: Opener) -> None:
    async with running_emulator() as emulator:
        client = await open_client(emulator)
        await client.send(HANDSHAKE.decode() + INVOCATION)
        assert await client.next() == {}
        assert await client.next() == {"type": 7, "error": LISTEN_MODE_TEXT}


async def test_a_refused_handshake_is_explained_and_ended(open_client: Opener) -> None:
    async with running_emulator() as emulator:
        client = await open_client(emulator)
        await client.send('{"protocol":"smoke","version":1}\x1e')
        assert await client.next() == {"error": "The protocol 'smoke' is not supported."}
        assert await client.has_ended()


async def test_a_handshake_that_does_not_come_is_canceled(open_client: Opener) -> None:
    clock = Clock()
    claims: dict[str, Any] = {"asrs.s.cht": 2, "asrs.s.ttl": 300}
    async with running_emulator(Options(port=0, keep_alive_interval=0.02), clock=clock) as emulator:
        client = await open_client(emulator, **claims)
        clock.advance(2.1)
        assert await client.next() == {"error": "Handshake was canceled."}
        assert await client.has_ended()


async def test_every_kind_of_send_reaches_whom_it_is_for(open_client: Opener) -> None:
    async with running_emulator() as emulator:
        ann, bob = await opened(open_client, emulator, "ann"), await opened(open_client, emulator, "bob")
        await emulator.rest("PUT", f"chat/groups/news/connections/{ann.connection_id}")
        await emulator.rest("PUT", "chat/groups/news/users/bob")
        for path, target in [
            ("chat", "all"),
            (f"chat?excluded={ann.connection_id}", "all but Ann"),
            ("chat/users/ann", "the user Ann"),
            ("chat/groups/news", "the group"),
            (f"chat/groups/news?excluded={bob.connection_id}", "the group but Bob"),
            (f"chat/connections/{bob.connection_id}", "Bob's connection"),
        ]:
            assert (await emulator.rest("POST", path, {"target": target})).status == 202
        assert await emulator.received([ann, bob]) == [
            ["all", "the user Ann", "the group", "the group but Bob"],
            ["all", "all but Ann", "the group", "Bob's connection"],
        ]


async def test_a_message_arrives_as_it_was_sent(open_client: Opener) -> None:
    arguments = [None, True, 2**53 + 1, 1.0, "é\u2028\r\n\x1e ", {"a": [1, {"b": "c"}]}, "x" * 100_000]
    async with running_emulator() as emulator:
        ann = await opened(open_client, emulator)
        await emulator.rest("POST", "chat", {"target": "t", "arguments": arguments})
        message = await ann.next()
    assert message == {"type": 1, "target": "t", "arguments": arguments}
    assert isinstance(message["arguments"][3], float)


async def test_messages_keep_their_order(open_client: Opener) -> None:
    async with running_emulator() as emulator:
        ann = await opened(open_client, emulator)
        targets = [str(number) for number in range(50)]
        for target in targets:
            await emulator.rest("POST", "chat", {"target": target})
        assert await emulator.received([ann]) == [targets]


@pytest.mark.parametrize(
    ("derror", "query", "close"),
    [
        ("True", "?reason=maintenance%20at%20noon", {"error": "maintenance at noon"}),
        ("False", "?reason=maintenance%20at%20noon", {"error": UNDETAILED_ERROR}),
        ("True", "", {}),
    ],
)
async def test_a_close_tells_its_reason_to_who_may_know_and_ends_the_transport(
    open_client: Opener, derror: str, query: str, close: dict[str, str]
) -> None:
    async with running_emulator() as emulator:
        ann, bob = await opened(open_client, emulator, **{"asrs.s.derror": derror}), await opened(open_client, emulator)
        assert (await emulator.rest("DELETE", f"chat/connections/{ann.connection_id}{query}")).status == 202
        assert await ann.next() == {"type": 7, **close, "allowReconnect": True}
        assert await ann.has_ended()
        assert await emulator.received([bob]) == [[]]


async def test_a_client_that_invokes_is_told_why_it_is_closed(open_client: Opener) -> None:
    async with running_emulator() as emulator:
        ann = await opened(open_client, emulator)
        await ann.send(INVOCATION)
        assert await ann.next() == {"type": 7, "error": LISTEN_MODE_TEXT}
        assert await ann.has_ended()


async def test_a_client_that_invokes_is_ignored_where_the_option_says_so(open_client: Opener) -> None:
    async with running_emulator(Options(port=0, client_messages=ClientMessages.IGNORE)) as emulator:
        ann = await opened(open_client, emulator)
        await ann.send(INVOCATION)
        assert await emulator.received([ann]) == [[]]


async def test_a_malformed_message_ends_its_connection_alone(open_client: Opener) -> None:
    async with running_emulator() as emulator:
        ann, bob = await opened(open_client, emulator), await opened(open_client, emulator)
        await ann.send("nonsense\x1e")
        assert await ann.next() == {"type": 7, "error": UNDETAILED_ERROR, "allowReconnect": True}
        assert await ann.has_ended()
        assert await emulator.received([bob]) == [[]]


async def test_a_clients_close_is_answered(open_client: Opener) -> None:
    async with running_emulator() as emulator:
        ann = await opened(open_client, emulator)
        await ann.send('{"type":7}\x1e')
        assert await ann.next() == {"type": 7}
        assert await ann.has_ended()


async def test_a_client_that_leaves_is_out_of_its_hub_its_user_and_its_groups(open_client: Opener) -> None:
    async with running_emulator() as emulator:
        ann = await opened(open_client, emulator, "ann")
        await emulator.rest("PUT", f"chat/groups/news/connections/{ann.connection_id}")
        await ann.leave()
        assert await emulator.is_gone(ann.connection_id)
        assert (await emulator.state())["hubs"]["chat"] == {"connections": 0, "users": 0, "groups": 0}


async def test_a_client_with_an_expired_token_that_asked_for_it_is_closed(open_client: Opener) -> None:
    clock = Clock()
    async with running_emulator(Options(port=0, keep_alive_interval=0.02), clock=clock) as emulator:
        claims: dict[str, Any] = {"asrs.s.coae": "true", "asrs.s.aeo": int(clock()) + 60, "asrs.s.ttl": 300}
        ann = await opened(open_client, emulator, **claims)
        bob = await opened(open_client, emulator, **claims, **{"asrs.s.dc": "true"})
        clock.advance(60)
        close = {"type": 7, "error": "The access token expired."}
        assert await ann.next_of_type(7) == {**close, "allowReconnect": True}
        assert await bob.next_of_type(7) == close
        assert await ann.has_ended()


async def test_the_emulators_end_tells_clients_to_come_back(open_client: Opener) -> None:
    runner, port = await start(Options(port=0))
    async with aiohttp.ClientSession() as session:
        emulator = WireEmulator(session, port, runner)
        client = await opened(open_client, emulator)
        waiting = asyncio.create_task(client.next())
        if open_client is EVERY_TRANSPORT[2]:  # only an open poll can be told
            await emulator.is_waited_on()
        ending = asyncio.create_task(runner.cleanup())
        assert await waiting == {"type": 7, "allowReconnect": True}
        if open_client is not EVERY_TRANSPORT[2]:  # the next poll finds nobody
            assert await client.has_ended()
        await ending
