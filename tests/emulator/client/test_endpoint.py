"""Connecting: with a negotiated id, without one, and with one that does not serve."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from emulator.options import Options
from tests.emulator.offline import HANDSHAKE
from tests.emulator.wire import DEADLINE_SECONDS, WireClient, WireEmulator, running_emulator


async def refusal(emulator: WireEmulator, query: str, token: str | None) -> aiohttp.WSServerHandshakeError:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await emulator.socket(query, token)
    return refused.value


async def handshaken(socket: aiohttp.ClientWebSocketResponse) -> WireClient:
    client = WireClient(socket, "")
    await client.send(HANDSHAKE.decode())
    assert await client.next() == {}
    return client


async def test_a_negotiated_id_makes_the_connection_of_that_id() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        assert (await emulator.rest("HEAD", f"chat/connections/{ann.connection_id}")).status == 200


async def test_in_version_0_the_connection_id_is_the_id() -> None:
    async with running_emulator() as emulator:
        connection_id = (await emulator.negotiate(version="0"))["connectionId"]
        client = await handshaken(await emulator.socket(f"hub=chat&id={connection_id}", emulator.client_token()))
        await emulator.rest("POST", f"chat/connections/{connection_id}", {"target": "a"})
        assert await emulator.received([client]) == [["a"]]


@pytest.mark.parametrize("claim", ["asrs.s.uid", "nameid", "sub"])
async def test_without_an_id_a_new_connection_of_the_tokens_user_is_made(claim: str) -> None:
    async with running_emulator() as emulator:
        client = await handshaken(await emulator.socket("hub=chat", emulator.client_token(**{claim: "ann"})))
        await emulator.rest("POST", "chat/users/ann", {"target": "a"})
        assert await emulator.received([client]) == [["a"]]


async def test_browsers_may_show_their_token_in_the_query() -> None:
    async with running_emulator() as emulator:
        good, bad = emulator.client_token(), emulator.client_token("other")
        await handshaken(await emulator.socket(f"hub=chat&access_token={bad}&access_token={good}", None))
        assert (await refusal(emulator, f"hub=chat&access_token={good}&access_token={bad}", None)).status == 401
        assert (await refusal(emulator, f"hub=chat&access_token={good}", bad)).status == 401
        assert (await refusal(emulator, "hub=chat", None)).status == 401


async def test_the_path_may_leave_its_slash_out() -> None:
    async with running_emulator() as emulator:
        url = f"{emulator.endpoint}/client?hub=chat&access_token={emulator.client_token()}"
        await handshaken(await emulator.session.ws_connect(url))


async def test_an_unknown_id_is_404_and_a_bad_hub_400() -> None:
    async with running_emulator() as emulator:
        token = emulator.client_token()
        assert (await refusal(emulator, "hub=chat&id=unknown", token)).status == 404
        assert (await refusal(emulator, "hub=my-hub", token)).status == 400
        assert (await refusal(emulator, "hub=chat&id=a&id=b", token)).status == 400


async def test_an_id_of_another_hub_is_unknown() -> None:
    async with running_emulator() as emulator:
        id_ = (await emulator.negotiate("other"))["connectionToken"]
        assert (await refusal(emulator, f"hub=chat&id={id_}", emulator.client_token())).status == 404


async def test_a_second_socket_for_an_id_is_409_and_the_first_stays() -> None:
    async with running_emulator() as emulator:
        id_ = (await emulator.negotiate())["connectionToken"]
        token = emulator.client_token()
        socket = await emulator.socket(f"hub=chat&id={id_}", token)
        assert (await refusal(emulator, f"hub=chat&id={id_}", token)).status == 409
        client = await handshaken(socket)
        assert (await refusal(emulator, f"hub=chat&id={id_}", token)).status == 409
        assert await emulator.received([client]) == [[]]


async def test_an_id_is_gone_with_its_connection() -> None:
    async with running_emulator() as emulator:
        id_ = (await emulator.negotiate())["connectionToken"]
        client = await handshaken(await emulator.socket(f"hub=chat&id={id_}", emulator.client_token()))
        await client.socket.close()
        assert (await refusal(emulator, f"hub=chat&id={id_}", emulator.client_token())).status == 404


async def test_an_id_that_waits_too_long_is_gone() -> None:
    async with running_emulator(Options(port=0, connect_timeout=0, keep_alive_interval=0.02)) as emulator:
        id_ = (await emulator.negotiate())["connectionToken"]
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (await get(emulator, f"hub=chat&id={id_}")).startswith("Only the WebSockets"):
                await asyncio.sleep(0.01)
        assert (await refusal(emulator, f"hub=chat&id={id_}", emulator.client_token())).status == 404


async def get(emulator: WireEmulator, query: str, method: str = "GET") -> str:
    headers = {"Authorization": f"Bearer {emulator.client_token()}"}
    answer = await emulator.request(method, f"/client/?{query}", headers=headers)
    return answer.body.decode()


async def test_a_get_that_is_no_websocket_is_told_what_is_missing() -> None:
    async with running_emulator() as emulator:
        assert await get(emulator, "hub=chat") == "Connection ID required"
        assert await get(emulator, "hub=chat&id=unknown") == "No Connection with that ID"
        id_ = (await emulator.negotiate())["connectionToken"]
        assert (await get(emulator, f"hub=chat&id={id_}")).startswith("Only the WebSockets transport is supported")


@pytest.mark.parametrize(("method", "status"), [("GET", 400), ("PUT", 405), ("HEAD", 405)])
async def test_verbs_of_the_client_endpoint(method: str, status: int) -> None:
    async with running_emulator() as emulator:
        headers = {"Authorization": f"Bearer {emulator.client_token()}"}
        assert (await emulator.request(method, "/client/?hub=chat", headers=headers)).status == status


async def test_an_upgrade_that_is_no_websocket_handshake_is_400() -> None:
    async with running_emulator() as emulator:
        headers = {"Authorization": f"Bearer {emulator.client_token()}", "Upgrade": "websocket"}
        assert (await emulator.request("GET", "/client/?hub=chat", headers=headers)).status == 400
