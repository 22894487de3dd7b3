"""Stateful reconnect over the wire: sockets are killed, new ones take their place, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from emulator.options import ClientMessages, Options
from tests.emulator.offline import Clock
from tests.emulator.wire import DEADLINE_SECONDS, WireClient, WireEmulator, running_emulator

QUICK = Options(port=0, keep_alive_interval=0.02, client_messages=ClientMessages.IGNORE)


async def open_with_reconnect(emulator: WireEmulator, *, version: int = 2, user_id: str = "ann") -> WireClient:
    negotiated = await emulator.negotiate(query="&useStatefulReconnect=true", nameid=user_id)
    id_ = negotiated["connectionToken"]
    socket = await emulator.socket(f"hub=chat&id={id_}", emulator.client_token(nameid=user_id))
    client = WireClient(socket, negotiated["connectionId"], id_)
    await client.send(f'{{"protocol":"json","version":{version}}}\x1e')
    assert await client.next() == {}
    return client


async def reopen(emulator: WireEmulator, client: WireClient) -> WireClient:
    """A new socket with the same id; no handshake is said again."""
    socket = await emulator.socket(f"hub=chat&id={client.connection_token}", emulator.client_token())
    return WireClient(socket, client.connection_id, client.connection_token)


async def reopening_status(emulator: WireEmulator, client: WireClient) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await reopen(emulator, client)
    return refused.value.status


async def becomes_unknown(emulator: WireEmulator, client: WireClient) -> bool:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (status := await reopening_status(emulator, client)) != 404:
            assert status == 409
            await asyncio.sleep(0.005)
    return True


async def send(emulator: WireEmulator, *targets: str) -> None:
    for target in targets:
        assert (await emulator.rest("POST", "chat/users/ann", {"target": target})).status == 202


async def messages(client: WireClient, count: int) -> list[Any]:
    """The next messages that say something: pings and acknowledgements come as they like."""
    found: list[Any] = []
    while len(found) < count:
        if (message := await client.next())["type"] not in (6, 8):
            found.append(message.get("target", message.get("sequenceId")))
    return found


async def test_what_was_sent_while_nobody_read_arrives_over_the_new_socket() -> None:
    async with running_emulator(QUICK) as emulator:
        first = await open_with_reconnect(emulator)
        await send(emulator, "a", "b")
        assert await messages(first, 2) == ["a", "b"]
        first.tcp.abort()
        await send(emulator, "c", "d")
        second = await reopen(emulator, first)
        assert await second.next() == {"type": 9, "sequenceId": 1}
        assert await messages(second, 4) == ["a", "b", "c", "d"]
        await send(emulator, "e")
        assert await messages(second, 1) == ["e"]


async def test_what_was_acknowledged_is_not_repeated() -> None:
    async with running_emulator(QUICK) as emulator:
        first = await open_with_reconnect(emulator)
        await send(emulator, "a", "b", "c")
        assert await messages(first, 3) == ["a", "b", "c"]
        await first.send('{"type":8,"sequenceId":2}\x1e')
        await first.send('{"type":5,"invocationId":"x"}\x1e')
        assert await first.next_of_type(8) == {"type": 8, "sequenceId": 1}  # so what came before it was read
        first.tcp.abort()
        second = await reopen(emulator, first)
        assert await second.next() == {"type": 9, "sequenceId": 3}
        assert await messages(second, 1) == ["c"]


async def test_with_nothing_unacknowledged_the_next_number_is_told() -> None:
    async with running_emulator(QUICK) as emulator:
        first = await open_with_reconnect(emulator)
        first.tcp.abort()
        second = await reopen(emulator, first)
        assert await second.next() == {"type": 9, "sequenceId": 1}
        await send(emulator, "a")
        assert await messages(second, 1) == ["a"]


async def test_what_a_client_repeats_is_counted_once() -> None:
    async with running_emulator(QUICK) as emulator:
        first = await open_with_reconnect(emulator)
        await first.send('{"type":1,"target":"a","arguments":[]}\x1e{"type":1,"target":"b","arguments":[]}\x1e')
        assert await first.next_of_type(8) == {"type": 8, "sequenceId": 2}
        first.tcp.abort()
        second = await reopen(emulator, first)
        early = '{"type":1,"target":"too early","arguments":[]}\x1e'
        repeated = '{"type":1,"target":"b","arguments":[]}\x1e{"type":1,"target":"c","arguments":[]}\x1e'
        await second.send(early + '{"type":9,"sequenceId":2}\x1e' + repeated)
        assert await second.next_of_type(8) == {"type": 8, "sequenceId": 3}


async def test_a_client_that_lost_messages_is_closed() -> None:
    async with running_emulator(QUICK) as emulator:
        first = await open_with_reconnect(emulator)
        first.tcp.abort()
        second = await reopen(emulator, first)
        await second.send('{"type":9,"sequenceId":2}\x1e')
        close = {"type": 7, "error": "Connection closed with an error.", "allowReconnect": True}
        assert await second.next_of_type(7) == close
        assert await second.close_code() == 1000
        assert await becomes_unknown(emulator, first)


async def test_what_comes_late_over_a_socket_whose_place_was_taken_is_not_heard() -> None:
    async with running_emulator(QUICK) as emulator:
        first = await open_with_reconnect(emulator)
        second = await reopen(emulator, first)
        assert await second.next() == {"type": 9, "sequenceId": 1}
        await second.send('{"type":9,"sequenceId":1}\x1e')
        await first.send('{"type":1,"target":"late","arguments":[]}\x1e{"type":7}\x1e')
        await send(emulator, "a")  # by when that has come
        await second.send('{"type":1,"target":"b","arguments":[]}\x1e')
        assert await second.next_of_type(8) == {"type": 8, "sequenceId": 1}


async def test_a_new_socket_takes_the_place_of_one_that_still_lives() -> None:
    async with running_emulator(QUICK) as emulator:
        first = await open_with_reconnect(emulator)
        second = await reopen(emulator, first)
        assert await second.next() == {"type": 9, "sequenceId": 1}
        assert await first.close_code() == 1000
        await send(emulator, "a")
        assert await messages(second, 1) == ["a"]
        assert (await emulator.state())["connections"] == 1


async def test_sockets_may_be_killed_again_and_again() -> None:
    async with running_emulator(QUICK) as emulator:
        client = await open_with_reconnect(emulator)
        received: list[str] = []
        for number in range(20):
            await send(emulator, f"{number}a")
            client.tcp.abort()
            await send(emulator, f"{number}b")
            client = await reopen(emulator, client)
            sequence = (await client.next())["sequenceId"]
            repeated = await messages(client, 2 * (number + 1) - sequence + 1)
            received += repeated[len(received) - sequence + 1 :]
            await client.send(f'{{"type":9,"sequenceId":1}}\x1e{{"type":8,"sequenceId":{len(received)}}}\x1e')
    assert received == [f"{number}{half}" for number in range(20) for half in "ab"]


async def test_groups_and_users_are_kept_and_the_hub_never_hears_of_it() -> None:
    async with running_emulator(QUICK) as emulator:
        first = await open_with_reconnect(emulator)
        await emulator.rest("PUT", f"chat/groups/news/connections/{first.connection_id}")
        first.tcp.abort()
        assert (await emulator.rest("HEAD", f"chat/connections/{first.connection_id}")).status == 200
        second = await reopen(emulator, first)
        await emulator.rest("POST", "chat/groups/news", {"target": "a"})
        assert await second.next() == {"type": 9, "sequenceId": 1}
        assert await messages(second, 1) == ["a"]


async def test_after_30_seconds_without_a_socket_the_id_is_unknown() -> None:
    clock = Clock()
    async with running_emulator(QUICK, clock=clock) as emulator:
        lost, kept = await open_with_reconnect(emulator), await open_with_reconnect(emulator)
        for client in (lost, kept):
            client.tcp.abort()
        clock.advance(30)
        witness = await emulator.open()
        clock.advance(0.1)
        assert (await witness.next())["type"] == 6
        kept_again = await reopen(emulator, kept)
        assert await kept_again.next() == {"type": 9, "sequenceId": 1}
        clock.advance(30)
        assert await emulator.is_gone(lost.connection_id)
        assert await reopening_status(emulator, lost) == 404


async def test_a_client_that_closes_its_socket_in_order_does_not_come_back() -> None:
    async with running_emulator(QUICK) as emulator:
        client = await open_with_reconnect(emulator)
        await client.socket.close()
        assert await becomes_unknown(emulator, client)
        assert await emulator.is_gone(client.connection_id)


async def test_a_connection_that_is_closed_while_it_has_no_socket_is_over() -> None:
    async with running_emulator(QUICK) as emulator:
        client = await open_with_reconnect(emulator)
        client.tcp.abort()
        assert (await emulator.rest("DELETE", f"chat/connections/{client.connection_id}")).status == 202
        assert await becomes_unknown(emulator, client)


async def test_a_handshake_of_version_1_switches_it_off() -> None:
    async with running_emulator(QUICK) as emulator:
        client = await open_with_reconnect(emulator, version=1)
        assert await reopening_status(emulator, client) == 409
        client.tcp.abort()
        assert await becomes_unknown(emulator, client)


async def test_without_having_been_asked_for_there_is_none() -> None:
    async with running_emulator(QUICK) as emulator:
        id_ = (await emulator.negotiate())["connectionToken"]
        socket = await emulator.socket(f"hub=chat&id={id_}", emulator.client_token())
        client = WireClient(socket, "", id_)
        await client.send('{"protocol":"json","version":2}\x1e')
        assert await client.next() == {}
        assert await reopening_status(emulator, client) == 409


async def test_before_the_handshake_a_second_socket_is_409() -> None:
    async with running_emulator(QUICK) as emulator:
        id_ = (await emulator.negotiate(query="&useStatefulReconnect=true"))["connectionToken"]
        client = WireClient(await emulator.socket(f"hub=chat&id={id_}", emulator.client_token()), "", id_)
        assert await reopening_status(emulator, client) == 409


async def test_a_client_that_acknowledges_nothing_is_bounded_and_then_closed() -> None:
    options = Options(
        port=0, keep_alive_interval=0.02, client_messages=ClientMessages.IGNORE, most_unsent_bytes=100_000
    )
    async with running_emulator(options) as emulator:
        client = await open_with_reconnect(emulator)
        message = {"target": "t", "arguments": ["x" * 30_000]}
        for _ in range(4):
            await emulator.rest("POST", "chat/users/ann", message)
        close = await client.next_of_type(7)
        assert close == {"type": 7, "error": "Too much is waiting to be acknowledged.", "allowReconnect": True}
        assert await becomes_unknown(emulator, client)


async def test_a_client_that_acknowledges_may_receive_more_than_the_limit() -> None:
    options = Options(
        port=0, keep_alive_interval=0.02, client_messages=ClientMessages.IGNORE, most_unsent_bytes=100_000
    )
    async with running_emulator(options) as emulator:
        client = await open_with_reconnect(emulator)
        for number in range(1, 11):
            await emulator.rest("POST", "chat/users/ann", {"target": "t", "arguments": ["x" * 30_000]})
            await client.next_of_type(1)
            await client.send(f'{{"type":8,"sequenceId":{number}}}\x1e{{"type":5,"invocationId":"x"}}\x1e')
            assert await client.next_of_type(8) == {"type": 8, "sequenceId": number}
