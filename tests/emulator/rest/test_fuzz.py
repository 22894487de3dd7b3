"""Whatever bytes come as a path, a query, a header or a body: an answer, never a 500, and the hub goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from emulator.options import Options
from emulator.rest import dated_versions, version_1
from tests.emulator.wire import WireEmulator, running_emulator, signed

ANSWERS = {200, 202, 204, 400, 404, 413, 415, 504}
OPERATIONS = [
    (method, table.PREFIX + path)
    for table in (version_1, dated_versions)
    for operation in table.OPERATIONS
    for method in operation.methods
    for path in operation.paths
]
MESSAGE = {"target": "t", "arguments": [1, "é", None]}
BODIES = [
    json.dumps(MESSAGE).encode(),
    json.dumps([{"type": "SendMessage", "message": MESSAGE}, {"type": "JoinGroup", "group": "news"}]).encode(),
    msgpack.encode(MESSAGE),
    msgpack.encode({"json": b'{"type":1,"target":"t","arguments":[]}\x1e'}),
    b"",
]
CONTENT_TYPES = [
    "application/json",
    "application/x-msgpack",
    "application/octet-stream",
    "application/json;charset=x",
    "é",
]
QUERY_NAMES = [
    "application", "excluded", "reason", "error", "ttl", "maxpagesize", "top", "continuationToken", "completed",
    "filter",
]  # fmt: skip
QUERY_VALUES = [
    "1", "0", "-1", "201", "true", "news", "app", "userId eq 'ann'", "'news' in groups", "not", "YWZ0ZXIgMQ", "\x1e",
    "",
]  # fmt: skip
NAMES = ["chat", "ann", "news", "{connection}", "s"]


class Running(NamedTuple):
    """An emulator whose event loop runs while a test has something for it, and what went wrong in that loop."""

    runner: asyncio.Runner
    emulator: WireEmulator
    failures: list[dict[str, Any]]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with asyncio.Runner() as runner:
        context = running_emulator(Options(port=0, invoke_timeout=0.01))
        failures: list[dict[str, Any]] = []
        runner.get_loop().set_exception_handler(lambda _, failure: failures.append(failure))
        yield Running(runner, runner.run(context.__aenter__()), failures)
        runner.run(context.__aexit__(None, None, None))


def text() -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good body with a few bytes changed, or bytes of no sense."""
    body = bytearray(draw(st.sampled_from(BODIES)))
    for _ in range(draw(st.integers(0, 3))):
        if body:
            body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    return draw(st.one_of(st.just(bytes(body)), st.binary(max_size=50)))


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    method, path = draw(st.sampled_from(OPERATIONS))
    while "{" in path:
        before, _, rest = path.partition("{")
        parameter, _, after = rest.partition("}")
        likely = "chat" if parameter == "hub" else draw(st.sampled_from(NAMES))
        name = draw(st.one_of(st.just(likely), st.just(likely), text().filter(bool)))
        path = before + quote(name.replace("{connection}", "\0"), safe="").replace("%00", "\0") + after
    names = draw(st.lists(st.sampled_from(QUERY_NAMES), max_size=4))
    query = [(name, draw(st.one_of(st.sampled_from(QUERY_VALUES), text()))) for name in names]
    version = draw(st.sampled_from(["2024-12-01", "2024-12-01", "2024-12-01", "2022-06-01", "x"]))
    return {
        "method": method,
        "path": path,
        "query": [*query, ("api-version", version)],
        "content_type": draw(st.sampled_from(CONTENT_TYPES)),
        "body": draw(mutated()),
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=requests())
def test_any_request_is_answered_and_the_hub_goes_on(running: Running, request: dict[str, Any]) -> None:
    running.runner.run(answered(running.emulator, **request))
    assert running.failures == []


async def answered(
    emulator: WireEmulator, *, method: str, path: str, query: list[tuple[str, str]], content_type: str, body: bytes
) -> None:
    ann = await emulator.open(user_id="ann")
    await emulator.rest("PUT", f"chat/groups/news/connections/{ann.connection_id}")
    path = path.replace("\0", ann.connection_id)
    headers = {"Authorization": f"Bearer {signed(emulator.endpoint + path)}", "Content-Type": content_type}
    target = f"{path}?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query)
    answer = await emulator.request(method, target, headers=headers, body=body)
    assert answer.status in ANSWERS, answer
    await ann.socket.close()
    bob = await emulator.open()
    assert await emulator.received([bob]) == [[]]
    await bob.socket.close()


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Encoding": "gzip"}, b"this is no gzip"),
        ({"Content-Encoding": "deflate"}, b"\xff\xff"),
        ({"Content-Encoding": "x"}, b"{}"),
        ({"Content-Type": "application/json; charset=\x80"}, b"{}"),
        ({"Content-Type": ";"}, b"{}"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(headers: dict[str, str], body: bytes) -> None:
    async with running_emulator() as emulator:
        path = "/api/hubs/chat/:send"
        headers = {"Authorization": f"Bearer {signed(emulator.endpoint + path)}", **headers}
        answer = await emulator.request("POST", f"{path}?api-version=2024-12-01", headers=headers, body=body)
    assert answer.status in (400, 415), answer
