"""The client endpoint's statuses, headers and texts, row by row of the published tables."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from emulator.options import Options
from tests.emulator.offline import HANDSHAKE, Clock
from tests.emulator.transports.clients import LongPollingClient, SseClient, WebSocketClient, opened
from tests.emulator.wire import DEADLINE_SECONDS, Answer, WireEmulator, running_emulator

EVENTS = "text/event-stream"
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket"}
NO_ID = (400, b"Connection ID required")
UNKNOWN = (404, b"No Connection with that ID")
PATIENT: dict[str, Any] = {"asrs.s.ttl": 300}
CHANGED = (400, b"Cannot change transports mid-connection")


def said(answer: Answer) -> tuple[int, bytes]:
    return answer.status, answer.body


async def upgrade(emulator: WireEmulator, query: str, **claims: Any) -> tuple[int, bytes]:
    """What a WebSocket upgrade that is refused is answered with."""
    headers = {**UPGRADE, "Authorization": f"Bearer {emulator.client_token(**claims)}"}
    return said(await emulator.request("GET", f"/client/?hub=chat{query}", headers=headers))


@pytest.mark.parametrize("path", ["/", ""])
@pytest.mark.parametrize(("method", "accept"), [("GET", EVENTS), ("GET", None), ("POST", None), ("DELETE", None)])
async def test_without_an_id_it_is_400_and_with_an_unknown_one_404(method: str, accept: str | None, path: str) -> None:
    async with running_emulator() as emulator:
        for query, expected in [("hub=chat", NO_ID), ("hub=chat&id=unknown", UNKNOWN)]:
            answer = await emulator.client_request(method, f"{path}?{query}", accept=accept)
            assert said(answer) == expected
            assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_a_websocket_with_an_unknown_id_is_404() -> None:
    async with running_emulator() as emulator:
        assert await upgrade(emulator, "&id=unknown") == UNKNOWN


async def test_a_connection_id_of_version_1_is_no_token() -> None:
    async with running_emulator() as emulator:
        connection_id = (await emulator.negotiate())["connectionId"]
        assert await upgrade(emulator, f"&id={connection_id}") == UNKNOWN


async def test_a_token_is_of_one_hub_alone() -> None:
    async with running_emulator() as emulator:
        id_ = (await emulator.negotiate("other"))["connectionToken"]
        assert await upgrade(emulator, f"&id={id_}") == UNKNOWN
        assert said(await emulator.client_request("POST", f"/?hub=chat&id={id_}")) == UNKNOWN


@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD", "OPTIONS", "TRACE"])
async def test_other_verbs_are_405(method: str) -> None:
    async with running_emulator() as emulator:
        answer = await emulator.client_request(method, "/?hub=chat&id=unknown")
    assert answer.status == 405
    assert answer.headers["Allow"] == "DELETE,GET,POST"


async def test_a_second_transport_of_the_same_kind_is_409_and_the_first_goes_on() -> None:
    async with running_emulator() as emulator:
        socket, stream = await opened(WebSocketClient.open, emulator), await opened(SseClient.open, emulator)
        assert await upgrade(emulator, f"&id={socket.connection_token}") == (409, b"")
        answer = await emulator.client_request("GET", f"/?hub=chat&id={stream.connection_token}", accept=EVENTS)
        assert said(answer) == (409, b"")
        assert await emulator.received([socket, stream]) == [[], []]


@pytest.mark.parametrize("open_client", [WebSocketClient.open, SseClient.open, LongPollingClient.open])
async def test_another_transport_than_before_is_400_and_the_first_goes_on(open_client: object) -> None:
    async with running_emulator() as emulator:
        client = await opened(open_client, emulator)  # type: ignore[arg-type] # one of three methods
        id_ = client.connection_token
        if not isinstance(client, WebSocketClient):
            assert await upgrade(emulator, f"&id={id_}") == CHANGED
        for accept, kind in [(EVENTS, SseClient), (None, LongPollingClient)]:
            if not isinstance(client, kind):
                answer = await emulator.client_request("GET", f"/?hub=chat&id={id_}", accept=accept)
                assert said(answer) == CHANGED
        assert await emulator.received([client]) == [[]]


@pytest.mark.parametrize(
    ("htt", "accept", "name"), [(6, None, "WebSockets"), (5, EVENTS, "ServerSentEvents"), (3, None, "LongPolling")]
)
async def test_a_transport_that_the_token_leaves_out_is_404(htt: int, accept: str | None, name: str) -> None:
    expected = (404, f"{name} transport not supported by this end point type".encode())
    claims: dict[str, Any] = {"asrs.s.htt": htt}
    async with running_emulator() as emulator:
        id_ = (await emulator.negotiate(**claims))["connectionToken"]
        if name == "WebSockets":
            assert await upgrade(emulator, f"&id={id_}", **claims) == expected
            assert await upgrade(emulator, "", **claims) == expected
        else:
            assert said(await emulator.client_request("GET", f"/?hub=chat&id={id_}", accept=accept)) == expected


async def test_a_websocket_is_not_posted_to_and_not_deleted() -> None:
    async with running_emulator() as emulator:
        client = await opened(WebSocketClient.open, emulator)
        path = f"/?hub=chat&id={client.connection_token}"
        answer = await emulator.client_request("POST", path, body=b'{"type":7}\x1e')
        assert said(answer) == (405, b"POST requests are not allowed for WebSocket connections.")
        answer = await emulator.client_request("DELETE", path)
        assert said(answer) == (400, b"Cannot terminate this connection using the DELETE endpoint.")
        assert await emulator.received([client]) == [[]]


async def test_only_long_polling_is_deleted() -> None:
    async with running_emulator() as emulator:
        stream = await opened(SseClient.open, emulator)
        negotiated = await emulator.negotiate()
        for id_ in (stream.connection_token, negotiated["connectionToken"]):
            answer = await emulator.client_request("DELETE", f"/?hub=chat&id={id_}")
            assert said(answer) == (400, b"Cannot terminate this connection using the DELETE endpoint.")
        assert await emulator.received([stream]) == [[]]


@pytest.mark.parametrize("open_client", [SseClient.open, LongPollingClient.open])
async def test_a_connection_that_is_over_is_404(open_client: object) -> None:
    async with running_emulator() as emulator:
        client = await opened(open_client, emulator)  # type: ignore[arg-type] # one of two methods
        await client.leave()
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (answer := await client.post(HANDSHAKE)).status == 200:
                await asyncio.sleep(0.005)
        assert said(answer) == UNKNOWN
        accept = EVENTS if isinstance(client, SseClient) else None
        path = f"/?hub=chat&id={client.connection_token}"
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (answer := await emulator.client_request("GET", path, accept=accept)).status == 409:
                await asyncio.sleep(0.005)
        assert said(answer) == UNKNOWN


async def test_a_closed_stream_takes_no_more_posts() -> None:
    async with running_emulator() as emulator:
        client = await opened(LongPollingClient.open, emulator, **PATIENT)
        await emulator.rest("DELETE", f"chat/connections/{client.connection_id}")
        assert said(await client.post(b'{"type":6}\x1e')) == UNKNOWN
        assert await client.next() == {"type": 7, "allowReconnect": True}
        assert await client.has_ended()
        assert said(await client.poll()) == UNKNOWN


async def test_an_id_is_good_for_5_seconds() -> None:
    clock = Clock()
    async with running_emulator(Options(port=0, keep_alive_interval=0.02), clock=clock) as emulator:
        client = await LongPollingClient.negotiated(emulator)
        clock.advance(4.9)
        assert (await client.post(HANDSHAKE)).status == 200
        clock.advance(0.2)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (answer := await client.post(b"")).status == 200:
                await asyncio.sleep(0.005)
        assert said(answer) == UNKNOWN
        assert said(await client.poll()) == UNKNOWN


async def test_a_post_above_1_mib_is_413_and_the_connection_goes_on() -> None:
    async with running_emulator() as emulator:
        client = await opened(SseClient.open, emulator)
        ping = b'{"type":6}\x1e'
        assert (await client.post(b" " * (1_048_576 - len(ping)) + ping)).status == 200
        assert (await client.post(b"x" * 1_048_577)).status == 413
        assert await emulator.received([client]) == [[]]


async def test_an_expired_token_is_401_for_polls_and_posts_but_not_for_what_is_open() -> None:
    clock = Clock()
    options = Options(port=0, clock_skew=0, client_timeout=1000, keep_alive_interval=1000)
    async with running_emulator(options, clock=clock) as emulator:
        claims: dict[str, Any] = {"exp": int(clock()) + 60, "asrs.s.ttl": 300}
        socket = await opened(WebSocketClient.open, emulator, **claims)
        stream = await opened(SseClient.open, emulator, **claims)
        poller = await opened(LongPollingClient.open, emulator, **claims)
        clock.advance(61)
        for answer in (await stream.post(b""), await poller.post(b""), await poller.poll()):
            assert said(answer) == (401, b"")
            assert (answer.challenge or "").startswith('Bearer error="invalid_token", error_description="The token exp')
        await socket.send('{"type":6}\x1e')
        assert await emulator.received([socket, stream]) == [[], []]


async def test_an_upgrade_that_names_no_key_is_400_and_leaves_no_connection() -> None:
    async with running_emulator() as emulator:
        id_ = (await emulator.negotiate())["connectionToken"]
        assert (await upgrade(emulator, f"&id={id_}"))[0] == 400
        assert await upgrade(emulator, f"&id={id_}") == UNKNOWN


async def test_a_token_in_the_query_serves_streams_but_not_polls() -> None:
    async with running_emulator() as emulator:
        id_ = (await emulator.negotiate())["connectionToken"]
        path = f"/client/?hub=chat&id={id_}&access_token={emulator.client_token()}"
        assert (await emulator.request("GET", path)).status == 401
        async with emulator.session.get(emulator.endpoint + path, headers={"Accept": EVENTS}) as response:
            assert isinstance(response, aiohttp.ClientResponse)
            assert response.status == 200
