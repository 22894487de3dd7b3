"""Negotiate: versions, and the answer to the letter."""

from __future__ import annotations

import pytest

from emulator.client import negotiate
from tests.emulator.wire import OTHER_KEY, running_emulator

TRANSPORTS = [{"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}]


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
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["message"].startswith(f"{parameter}: ")


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


async def test_negotiate_is_a_post() -> None:
    async with running_emulator() as emulator:
        assert (await emulator.request("GET", "/client/negotiate?hub=chat")).status == 405
