"""Negotiate: versions, and the answer to the letter."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from emulator.client import negotiate
from emulator.options import Options
from tests.emulator.offline import Clock
from tests.emulator.wire import DEADLINE_SECONDS, OTHER_KEY, running_emulator

TRANSPORTS = [
    {"transport": "WebSockets", "transferFormats": ["Text", "Binary"]},
    {"transport": "ServerSentEvents", "transferFormats": ["Text"]},
    {"transport": "LongPolling", "transferFormats": ["Text", "Binary"]},
]


@pytest.mark.parametrize(
    ("text", "version"),
    [(None, 0), ("0", 0), ("1", 1), ("2", 1), ("99", 1), ("-1", 0), ("1.0", None), ("", None), ("one", None)],
)
def test_version_is_read(text: str | None, version: int | None) -> None:
    assert negotiate.read_version(text) == version


async def test_version_1_has_a_token_apart_from_the_id() -> None:
    async with running_emulator() as emulator:
        answer = await emulator.negotiate(version="1")
    assert list(answer) == ["negotiateVersion", "connectionId", "connectionToken", "availableTransports"]
    assert (answer["negotiateVersion"], answer["availableTransports"]) == (1, TRANSPORTS)
    assert answer["connectionId"] != answer["connectionToken"]


async def test_version_0_has_an_id_alone() -> None:
    async with running_emulator() as emulator:
        answer = await emulator.negotiate(version="0")
    assert list(answer) == ["negotiateVersion", "connectionId", "availableTransports"]
    assert answer["negotiateVersion"] == 0


async def test_without_a_version_the_answer_is_version_0() -> None:
    async with running_emulator() as emulator:
        headers = {"Authorization": f"Bearer {emulator.client_token()}"}
        answer = await emulator.request("POST", "/client/negotiate?hub=chat", headers=headers)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["negotiateVersion"] == 0


async def test_a_version_that_is_no_integer_is_an_error_in_an_answer_of_200() -> None:
    async with running_emulator() as emulator:
        answer = await emulator.negotiate(version="latest")
    assert answer == {"error": "The client requested a non-integer protocol version."}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "hub"),
        ("hub=", "hub"),
        ("hub=my-hub", "hub"),
        ("hub=chat&hub=chat", "hub"),
        ("hub=chat&negotiateVersion=1&negotiateVersion=1", "negotiateVersion"),
    ],
)
async def test_a_bad_query_is_400_and_names_the_parameter(query: str, parameter: str) -> None:
    async with running_emulator() as emulator:
        headers = {"Authorization": f"Bearer {emulator.client_token()}"}
        answer = await emulator.request("POST", f"/client/negotiate?{query}", headers=headers)
    assert (answer.status, answer.code) == (400, "Error.Request.Invalid")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.body.decode().startswith(f"{parameter}: ")


async def test_negotiate_needs_a_token_for_this_hub_in_the_header() -> None:
    async with running_emulator() as emulator:
        good = emulator.client_token()
        for token, description in [
            (emulator.client_token(key=OTHER_KEY), "The signature key was not found"),
            (emulator.client_token("other"), "The audience is invalid"),
            (emulator.client_token(exp=1), "The token expired"),
        ]:
            headers = {"Authorization": f"Bearer {token}"}
            answer = await emulator.request("POST", "/client/negotiate?hub=chat", headers=headers)
            assert answer.status == 401
            assert description in (answer.challenge or "")
        answer = await emulator.request("POST", f"/client/negotiate?hub=chat&access_token={good}")
        assert (answer.status, answer.challenge) == (401, "Bearer")


@pytest.mark.parametrize(
    ("htt", "transports"),
    [
        ("1", ["WebSockets"]),
        ("2", ["ServerSentEvents"]),
        ("4", ["LongPolling"]),
        (6, ["ServerSentEvents", "LongPolling"]),
        ("0", ["WebSockets", "ServerSentEvents", "LongPolling"]),
        ("all", ["WebSockets", "ServerSentEvents", "LongPolling"]),
    ],
)
async def test_a_token_may_leave_transports_out(htt: Any, transports: list[str]) -> None:
    claims = {"asrs.s.htt": htt}
    async with running_emulator() as emulator:
        answer = await emulator.negotiate(**claims)
    assert [offer["transport"] for offer in answer["availableTransports"]] == transports


@pytest.mark.parametrize("wish", ["true", "True"])
async def test_stateful_reconnect_is_confirmed_to_who_asks_for_it(wish: str) -> None:
    async with running_emulator() as emulator:
        answer = await emulator.negotiate(query=f"&useStatefulReconnect={wish}")
    assert answer["useStatefulReconnect"] is True
    assert list(answer)[2:] == ["connectionToken", "useStatefulReconnect", "availableTransports"]


@pytest.mark.parametrize(
    ("version", "query"),
    [("1", ""), ("1", "&useStatefulReconnect=false"), ("1", "&useAck=true"), ("0", "&useStatefulReconnect=true")],
)
async def test_stateful_reconnect_is_not_mentioned_to_others(version: str, query: str) -> None:
    async with running_emulator() as emulator:
        assert "useStatefulReconnect" not in await emulator.negotiate(version=version, query=query)


async def test_negotiates_above_the_limit_are_429_until_the_others_are_dropped() -> None:
    clock = Clock()
    options = Options(port=0, most_negotiated=2, keep_alive_interval=0.02)
    async with running_emulator(options, clock=clock) as emulator:
        client = await emulator.open()
        for _ in range(2):
            await emulator.negotiate()
        answer = await emulator.client_request("POST", "/negotiate?hub=chat")
        assert (answer.status, answer.body) == (429, b"Too many connections have been negotiated and not opened.")
        clock.advance(5.1)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (await emulator.client_request("POST", "/negotiate?hub=chat")).status != 200:
                await asyncio.sleep(0.005)
        assert await emulator.received([client]) == [[]]


async def test_negotiate_is_a_post() -> None:
    async with running_emulator() as emulator:
        assert (await emulator.request("GET", "/client/negotiate?hub=chat")).status == 405
