"""The operations that give out keys and client tokens, on the wire; time passes as the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import jwt
import pytest

from emulator.options import Options
from emulator.server import start
from tests.emulator.offline import Clock
from tests.emulator.wire import Answer, WireEmulator, signed

MINUTE = 60
KEY_PATH = "/api/v1/auth/accessKey"
TOKEN_PATH = "/api/hubs/chat/:generateToken?api-version=2024-12-01"


@asynccontextmanager
async def clocked_emulator(clock: Clock, options: Options | None = None) -> AsyncIterator[WireEmulator]:
    runner, port = await start(options or Options(port=0), clock=clock)
    try:
        async with aiohttp.ClientSession() as session:
            yield WireEmulator(session, port)
    finally:
        await runner.cleanup()


async def call(emulator: WireEmulator, method: str, path: str, clock: Clock) -> Answer:
    """A call with an access key's token that is good at the emulator's time."""
    token = signed(emulator.endpoint + path.partition("?")[0], exp=clock.now + MINUTE)
    return await emulator.request(method, path, headers={"Authorization": f"Bearer {token}"})


async def negotiate(emulator: WireEmulator, token: str, hub: str = "chat") -> Answer:
    headers = {"Authorization": f"Bearer {token}"}
    return await emulator.request("POST", f"/client/negotiate?hub={hub}&negotiateVersion=1", headers=headers)


def client_token(emulator: WireEmulator, key: Any, expires: float, **header: object) -> str:
    claims = {"aud": f"{emulator.endpoint}/client/?hub=chat", "exp": expires, "nameid": "ann"}
    return jwt.encode(claims, key["AccessKey"], "HS256", headers={"kid": key["KeyId"], **header})


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/auth/accessKey",
        "/api/v1/auth/accesskey",
        "/api/v1/auth/ACCESSKEY",
        "/api/auth/accessKey?api-version=2023-07-01",
        "/api/auth/accesskey?api-version=2024-12-01",
    ],
)
async def test_a_temporary_key_is_given_in_the_case_that_sdks_read(path: str) -> None:
    clock = Clock()
    async with clocked_emulator(clock) as emulator:
        first, second = [await call(emulator, "GET", path, clock) for _ in range(2)]
    assert (first.status, first.headers["Cache-Control"]) == (200, "no-store")
    assert list(first.json()) == ["AccessKey", "KeyId"]
    assert all(isinstance(value, str) and value for value in first.json().values())
    assert first.json() != second.json()


async def test_client_tokens_are_taken_while_their_temporary_key_lives_and_refused_after() -> None:
    clock = Clock()
    async with clocked_emulator(clock) as emulator:
        key = (await call(emulator, "GET", KEY_PATH, clock)).json()
        token = client_token(emulator, key, clock.now + 600 * MINUTE)
        clock.advance(90 * MINUTE - 1)
        assert (await negotiate(emulator, token)).status == 200
        clock.advance(1)
        refused = await negotiate(emulator, token)
        renewed = (await call(emulator, "GET", KEY_PATH, clock)).json()
        assert (await negotiate(emulator, client_token(emulator, renewed, clock.now + MINUTE))).status == 200
    assert refused.status == 401
    assert f"The signature key was not found: the temporary key '{key['KeyId']}' expired at" in (
        refused.challenge or ""
    )


@pytest.mark.parametrize("key_id", ["another", ""])
async def test_a_temporary_key_counts_by_its_key_id_alone(key_id: str) -> None:
    clock = Clock()
    async with clocked_emulator(clock) as emulator:
        key = (await call(emulator, "GET", KEY_PATH, clock)).json()
        refused = await negotiate(emulator, client_token(emulator, key, clock.now + MINUTE, kid=key_id))
    assert refused.status == 401
    assert "The signature key was not found" in (refused.challenge or "")


async def test_a_generated_token_opens_its_hub_for_its_user_for_an_hour() -> None:
    clock = Clock()
    async with clocked_emulator(clock, Options(port=0, clock_skew=0)) as emulator:
        answer = await call(emulator, "POST", TOKEN_PATH.replace("chat", "Chat") + "&userId=ann%2F1", clock)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
        token = answer.json()["token"]
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["aud"] == f"{emulator.endpoint}/client/?hub=chat"
        assert (claims["nameid"], claims["exp"]) == ("ann/1", clock.now + 60 * MINUTE)
        clock.advance(60 * MINUTE - 1)
        assert (await negotiate(emulator, token)).status == 200
        assert (await negotiate(emulator, token, "other")).status == 401
        clock.advance(1)
        assert "The token expired" in ((await negotiate(emulator, token)).challenge or "")


async def test_a_generated_token_lives_on_when_its_lifetime_is_longer_than_any_temporary_keys() -> None:
    clock = Clock()
    async with clocked_emulator(clock) as emulator:
        answer = await call(emulator, "POST", TOKEN_PATH + "&minutesToExpire=2147483647", clock)
        clock.advance(2_147_483_647 * MINUTE - 1)
        assert (await negotiate(emulator, answer.json()["token"])).status == 200


@pytest.mark.parametrize("query", ["", "&userId="])
async def test_a_generated_token_without_a_user_is_anonymous(query: str) -> None:
    clock = Clock()
    async with clocked_emulator(clock) as emulator:
        token = (await call(emulator, "POST", TOKEN_PATH + query, clock)).json()["token"]
    assert "nameid" not in jwt.decode(token, options={"verify_signature": False})


@pytest.mark.parametrize("version", ["2022-11-01", "2023-07-01", "2024-12-01"])
async def test_tokens_are_generated_since_version_2022_11_01(version: str) -> None:
    clock = Clock()
    async with clocked_emulator(clock) as emulator:
        answer = await call(emulator, "POST", f"/api/hubs/chat/:generateToken?api-version={version}", clock)
    assert answer.status == 200


@pytest.mark.parametrize(
    ("method", "path", "parameter"),
    [
        ("POST", TOKEN_PATH + "&minutesToExpire=0", "minutesToExpire: '0' is not a whole number from 1 to 2147483647"),
        ("POST", TOKEN_PATH + "&minutesToExpire=-1", "minutesToExpire: '-1'"),
        ("POST", TOKEN_PATH + "&minutesToExpire=1.5", "minutesToExpire: '1.5'"),
        ("POST", TOKEN_PATH + "&minutesToExpire=2147483648", "minutesToExpire: '2147483648'"),
        ("POST", TOKEN_PATH + "&minutesToExpire=", "minutesToExpire: ''"),
        ("POST", TOKEN_PATH + "&userId=" + "u" * 4000, "userId: makes a token of "),
        ("POST", TOKEN_PATH.replace("chat", "my-chat"), "hub: 'my-chat' is not a valid name"),
        ("POST", "/api/hubs/chat/:generateToken", "api-version: is required in the query"),
        ("POST", "/api/hubs/chat/:generateToken?api-version=2022-06-01", "api-version: 2022-06-01 does not have this"),
        ("GET", "/api/auth/accessKey", "api-version: is required in the query"),
        ("GET", "/api/auth/accessKey?api-version=2022-11-01", "api-version: 2022-11-01 does not have this operation"),
        ("GET", "/api/auth/accessKey?api-version=soon", "api-version: 'soon' is not supported"),
    ],
)
async def test_a_bad_parameter_is_400_and_named(method: str, path: str, parameter: str) -> None:
    clock = Clock()
    async with clocked_emulator(clock) as emulator:
        answer = await call(emulator, method, path, clock)
    assert (answer.status, answer.code) == (400, "Error.Request.Invalid")
    assert answer.json()["message"].startswith(parameter)


@pytest.mark.parametrize(("method", "path"), [("GET", KEY_PATH), ("POST", TOKEN_PATH)])
async def test_without_a_token_nothing_is_given(method: str, path: str) -> None:
    async with clocked_emulator(Clock()) as emulator:
        answer = await emulator.request(method, path)
    assert (answer.status, answer.challenge, answer.body) == (401, "Bearer", b"")


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/auth/accessKey"), ("POST", "/api/hubs/c/:generateToken")])
async def test_loose_asks_for_no_version(method: str, path: str) -> None:
    clock = Clock()
    async with clocked_emulator(clock, Options(port=0, loose=True)) as emulator:
        assert (await call(emulator, method, path, clock)).status == 200
