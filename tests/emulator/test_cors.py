"""CORS: browsers of any origin, with credentials."""

from __future__ import annotations

import aiohttp
import pytest

from tests.emulator.wire import running_emulator

ORIGIN = "http://localhost:3000"


@pytest.mark.parametrize(
    "path", ["/client/negotiate?hub=chat", "/client/?hub=chat", "/api/v1/hubs/chat", "/api/v1/health", "/nowhere"]
)
async def test_a_preflight_is_answered_without_a_token(path: str) -> None:
    async with running_emulator() as emulator:
        answer = await emulator.request(
            "OPTIONS",
            path,
            headers={
                "Origin": ORIGIN,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,x-requested-with,x-signalr-user-agent",
            },
        )
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization,x-requested-with,x-signalr-user-agent"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/health", 200),
        ("POST", "/client/negotiate?hub=chat", 401),
        ("POST", "/client/negotiate?hub=my-hub", 400),
        ("GET", "/nowhere", 404),
        ("GET", "/client/negotiate", 405),
    ],
)
async def test_every_answer_echoes_the_origin(method: str, path: str, status: int) -> None:
    async with running_emulator() as emulator:
        answer = await emulator.request(method, path, headers={"Origin": ORIGIN})
    assert answer.status == status
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.headers["Vary"] == "Origin"


async def test_without_an_origin_there_are_no_headers_for_browsers() -> None:
    async with running_emulator() as emulator:
        answer = await emulator.request("GET", "/api/v1/health")
        options = await emulator.request("OPTIONS", "/api/v1/health")
    assert not [name for name in answer.headers if name.startswith("Access-Control-")]
    assert options.status == 405


async def test_a_websocket_of_another_origin_is_let_in() -> None:
    async with running_emulator() as emulator:
        url = f"{emulator.endpoint}/client/?hub=chat&access_token={emulator.client_token()}"
        async with emulator.session.ws_connect(url, headers={"Origin": ORIGIN}) as socket:
            assert isinstance(socket, aiohttp.ClientWebSocketResponse)
