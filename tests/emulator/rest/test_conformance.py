"""Every published operation of every version: its success, its refusals, and a table of what was answered.

`-s` shows the table; it is also written to artefacts/conformance.txt.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.rest import published
from tests.emulator.rest.published import Published, absent_code
from tests.emulator.wire import Answer, WireClient, WireEmulator, running_emulator, signed

TABLE = Path(__file__).resolve().parents[3] / "artefacts" / "conformance.txt"
COLUMNS = ("success", "absent", "bad parameter", "no token", "wrong audience", "expired token")
OPERATIONS = published.operations()

pytestmark = pytest.mark.skipif(not OPERATIONS, reason="the folder of shared facts is not here")


class Table(dict[str, dict[str, str]]):
    """What each operation answered in each situation."""

    def __str__(self) -> str:
        width = max(map(len, self), default=0)
        lines = [" ".join((" " * width, *(f"{column:>14}" for column in COLUMNS)))]
        for operation, answers in self.items():
            lines.append(
                " ".join((f"{operation:<{width}}", *(f"{answers.get(column, '-'):>14}" for column in COLUMNS)))
            )
        return "\n".join(lines)


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    found = Table()
    yield found
    print(f"\n{found}")
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(f"{found}\n", encoding="utf-8")


async def send(emulator: WireEmulator, operation: Published, target: str, token: str | None) -> Answer:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    body = None
    if operation.body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(operation.body).encode()
    return await emulator.request(operation.method, target, headers=headers, body=body)


def good_token(emulator: WireEmulator, target: str) -> str:
    return signed(emulator.endpoint + target.partition("?")[0])


async def populated(emulator: WireEmulator) -> WireClient:
    """Ann, who is connected and in the group `news` both as a user and as a connection."""
    client = await emulator.open(user_id="ann")
    await emulator.rest("PUT", "chat/groups/news/users/ann")
    await emulator.rest("PUT", f"chat/groups/news/connections/{client.connection_id}")
    return client


async def answer_invocations(client: WireClient) -> None:
    while True:
        invocation = await client.next_of_type(1)
        if "invocationId" in invocation:
            await client.send(json.dumps({"type": 3, "invocationId": invocation["invocationId"], "result": 1}) + "\x1e")


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_operation(operation: Published, table: Table) -> None:
    row = table[str(operation)] = {}
    async with running_emulator() as emulator:
        row["success"] = await succeeds(emulator, operation)
    async with running_emulator() as emulator:
        if not operation.is_open:
            row["absent"] = await answers_for_nobody(emulator, operation)
        row["bad parameter"] = await refuses_bad_parameters(emulator, operation)
        row |= await refuses_bad_tokens(emulator, operation)


async def succeeds(emulator: WireEmulator, operation: Published) -> str:
    client = await populated(emulator)
    answering = asyncio.create_task(answer_invocations(client))
    target = operation.target(connectionId=client.connection_id)
    answer = await send(emulator, operation, target, None if operation.is_open else good_token(emulator, target))
    answering.cancel()
    assert answer.status in operation.successes(), answer
    assert answer.code is None
    operation.check_answer(answer.status, answer.body)
    return str(answer.status)


async def answers_for_nobody(emulator: WireEmulator, operation: Published) -> str:
    target = operation.target(connectionId="nobody")
    answer = await send(emulator, operation, target, good_token(emulator, target))
    code = absent_code(operation)
    assert answer.code == code
    if code is None:
        assert answer.status in operation.successes(), answer
    else:
        assert answer.status == 404
        check_refusal(operation, answer)
    return str(answer.status)


async def refuses_bad_parameters(emulator: WireEmulator, operation: Published) -> str:
    found = []
    for name, target in operation.bad_parameters():
        answer = await send(emulator, operation, target, good_token(emulator, target))
        assert answer.status == 400, (name, target, answer)
        assert answer.code == "Error.Request.Invalid"
        if operation.method != "HEAD":
            assert name in answer.body.decode(), (name, answer)
            check_refusal(operation, answer)
        found.append(name)
    return f"400 x {len(found)}" if found else "-"


async def refuses_bad_tokens(emulator: WireEmulator, operation: Published) -> dict[str, str]:
    target = operation.target(connectionId="nobody")
    here = emulator.endpoint + target.partition("?")[0]
    found = {}
    for column, token in [
        ("no token", None),
        ("wrong audience", signed(emulator.endpoint + "/api/v1/hubs/elsewhere")),
        ("expired token", signed(here, exp=int(time.time()) - 3600)),
    ]:
        answer = await send(emulator, operation, target, token)
        found[column] = str(answer.status)
        if operation.is_open:
            assert answer.status == 200
            continue
        assert (answer.status, answer.body) == (401, b""), answer
        assert (answer.challenge == "Bearer") is (token is None)
    return found


def check_refusal(operation: Published, answer: Answer) -> None:
    """ErrorDetail from 2022-06-01 on, plain text before; a HEAD has its code in the header alone."""
    if operation.method == "HEAD":
        assert answer.body == b""
    elif operation.version == "1.0":
        assert answer.body == b"" or answer.headers["Content-Type"].startswith("text/plain")
    elif "ErrorDetail" in operation.schemas:
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json().keys() <= operation.schemas["ErrorDetail"].keys()
        assert answer.json()["code"] == answer.code
