"""The server as a whole: its limits, its end, and failures nobody foresaw."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web

from emulator.options import Options
from emulator.refusals import answer_refusals
from emulator.server import HEADER_LIMIT_BYTES, STOP_SECONDS, start
from emulator.transports.websockets.transport import CLOSE_TIMEOUT_SECONDS
from tests.emulator.wire import WireEmulator, running_emulator, sent_over_tcp


async def test_clients_are_told_to_come_back_when_the_emulator_ends() -> None:
    runner, port = await start(Options(port=0))
    async with aiohttp.ClientSession() as session:
        emulator = WireEmulator(session, port)
        clients = [await emulator.open(), await emulator.open("other")]
        ending = asyncio.create_task(runner.cleanup())
        for client in clients:
            assert await client.next() == {"type": 7, "allowReconnect": True}
            assert await client.close_code() == 1000
        await ending


async def test_a_client_that_does_not_answer_the_end_is_not_waited_for_long() -> None:
    runner, port = await start(Options(port=0))
    async with aiohttp.ClientSession() as session:
        client = await WireEmulator(session, port).open()
        async with asyncio.timeout(STOP_SECONDS + CLOSE_TIMEOUT_SECONDS):
            await runner.cleanup()
        assert await client.next() == {"type": 7, "allowReconnect": True}


async def test_a_taken_port_is_an_oserror() -> None:
    async with running_emulator() as emulator:
        with pytest.raises(OSError, match="address already in use"):
            await start(Options(port=emulator.port))
        assert (await emulator.request("GET", "/api/v1/health")).status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /api/v1/health?" + b"x" * HEADER_LIMIT_BYTES + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /api/v1/health HTTP/1.1\r\nHost: a\r\nAuthorization: " + b"x" * (HEADER_LIMIT_BYTES + 1) + b"\r\n\r\n",
    ],
    ids=["line", "header"],
)
async def test_a_head_above_16_kib_is_400(head: bytes) -> None:
    async with running_emulator() as emulator:
        assert b" 400 " in (await sent_over_tcp(emulator.port, head)).split(b"\r\n")[0]
        assert (await emulator.request("GET", "/api/v1/health")).status == 200


async def test_a_failure_nobody_foresaw_is_a_bare_500_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_: web.Request) -> web.Response:
        raise LookupError("why")

    app = web.Application(middlewares=[answer_refusals])
    app.router.add_get("/broken", broken)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    answer = await sent_over_tcp(
        runner.addresses[0][1], b"GET /broken HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    await runner.cleanup()
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"why" not in answer
    assert "GET /broken failed" in caplog.text
    assert "LookupError: why" in caplog.text
