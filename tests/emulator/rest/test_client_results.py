"""`:invoke`: what a client answers, in either hub protocol, and what the caller is told when it does not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from msgspec import msgpack

from emulator.options import Options
from emulator.protocol.length_prefix import with_length_prefix
from tests.emulator.rest.calls import call, refused
from tests.emulator.wire import DEADLINE_SECONDS, MESSAGE, Answer, WireClient, WireEmulator, running_emulator

OCTETS = "application/octet-stream"


def invoke(emulator: WireEmulator, connection_id: str, message: object = MESSAGE, **options: Any) -> Awaitable[Answer]:
    return asyncio.ensure_future(
        call(emulator, "POST", f"chat/connections/{connection_id}/:invoke", message, **options)
    )


async def complete(client: WireClient, **outcome: object) -> Mapping[str, Any]:
    """Answer the next invocation; what it was."""
    invocation: dict[str, Any] = await client.next_of_type(1)
    await client.send(json.dumps({"type": 3, "invocationId": invocation["invocationId"], **outcome}) + "\x1e")
    return invocation


@pytest.mark.parametrize("result", [1, "text", None, True, [1, {"a": "é"}], {"message": "Hello"}, 1.5, 2**60, "\u2028"])
async def test_the_clients_result_is_the_answer(result: object) -> None:
    async with running_emulator() as emulator:
        client = await emulator.open()
        waiting = invoke(emulator, client.connection_id)
        invocation = await complete(client, result=result)
        answer = await waiting
    assert invocation["target"] == MESSAGE["target"]
    assert invocation["arguments"] == MESSAGE["arguments"]
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == {"result": result, "protocol": "json"}


async def test_a_client_that_gives_no_result_gives_null() -> None:
    async with running_emulator() as emulator:
        client = await emulator.open()
        waiting = invoke(emulator, client.connection_id)
        await complete(client)
        assert (await waiting).json() == {"result": None, "protocol": "json"}


async def test_a_client_without_a_handler_is_a_failed_invocation() -> None:
    async with running_emulator() as emulator:
        client = await emulator.open()
        waiting = invoke(emulator, client.connection_id)
        await complete(client, error="Client didn't provide a result.")
        message = refused(await waiting, None, 400, "Error.Connection.InvocationFailed")
    assert message == "Client didn't provide a result."


async def test_several_invocations_of_one_client_are_answered_each_in_its_turn() -> None:
    async with running_emulator() as emulator:
        client, other = await emulator.open(), await emulator.open()
        waiting = [invoke(emulator, client.connection_id, {"target": "t", "arguments": [n]}) for n in range(4)]
        invocations = [await client.next_of_type(1) for _ in waiting]
        for invocation in reversed(invocations):
            answer = {"type": 3, "invocationId": invocation["invocationId"], "result": invocation["arguments"][0]}
            await other.send(json.dumps({**answer, "result": "forged"}) + "\x1e")
            await client.send(json.dumps(answer) + "\x1e")
        assert [(await answer).json()["result"] for answer in waiting] == [0, 1, 2, 3]


async def test_a_connection_that_is_not_there_is_404() -> None:
    async with running_emulator() as emulator:
        answer = await invoke(emulator, "nobody")
        assert refused(answer, None, 404, "Error.Connection.NotExisted") == "There is no connection 'nobody'."


@pytest.mark.parametrize("body", [b"{}", b"", b"["])
async def test_a_bad_body_is_400_and_the_client_hears_nothing(body: bytes) -> None:
    async with running_emulator() as emulator:
        client = await emulator.open()
        assert (await invoke(emulator, client.connection_id, None, body=body)).status == 400
        assert await emulator.received([client]) == [[]]


async def _leaves_the_socket(emulator: WireEmulator, client: WireClient) -> None:
    await client.socket.close()


async def _says_close(emulator: WireEmulator, client: WireClient) -> None:
    await client.send('{"type":7}\x1e')


async def _is_closed(emulator: WireEmulator, client: WireClient) -> None:
    await call(emulator, "DELETE", f"chat/connections/{client.connection_id}")


async def _breaks_the_protocol(emulator: WireEmulator, client: WireClient) -> None:
    await client.send('{"type":3,"invocationId":"1","error":"a","result":1}\x1e')


@pytest.mark.parametrize("leaves", [_leaves_the_socket, _says_close, _is_closed, _breaks_the_protocol])
async def test_a_client_that_leaves_before_it_answers_is_404(
    leaves: Callable[[WireEmulator, WireClient], Awaitable[None]],
) -> None:
    async with running_emulator() as emulator:
        client = await emulator.open()
        waiting = invoke(emulator, client.connection_id)
        await client.next_of_type(1)
        await leaves(emulator, client)
        answer = await asyncio.wait_for(waiting, DEADLINE_SECONDS)
        refused(answer, None, 404, "Error.Connection.NotExisted")


async def test_a_client_that_does_not_answer_is_504_and_may_answer_too_late() -> None:
    async with running_emulator(Options(port=0, invoke_timeout=0.05)) as emulator:
        client = await emulator.open()
        message = refused(await invoke(emulator, client.connection_id), None, 504, "Error.Connection.InvocationTimeout")
        assert message == f"The connection '{client.connection_id}' gave no result within 0.05 seconds."
        await complete(client, result=1)
        assert await emulator.received([client]) == [[]]


async def test_a_caller_that_gives_up_leaves_the_client_be() -> None:
    async with running_emulator() as emulator:
        client = await emulator.open()
        waiting = asyncio.ensure_future(invoke(emulator, client.connection_id))
        await client.next_of_type(1)
        waiting.cancel()
        assert await emulator.received([client]) == [[]]


class PackedClient:
    """A client of the hub protocol `messagepack`."""

    def __init__(self, client: WireClient) -> None:
        self.socket = client.socket
        self.connection_id = client.connection_id

    async def next(self) -> list[Any]:
        data = await self.socket.receive_bytes(timeout=DEADLINE_SECONDS)
        found: list[Any] = msgpack.decode(data[1:])
        return found

    async def send(self, *items: object) -> None:
        await self.socket.send_bytes(with_length_prefix(msgpack.encode(items)))


async def packed(emulator: WireEmulator) -> PackedClient:
    negotiated = await emulator.negotiate()
    socket = await emulator.socket(f"hub=chat&id={negotiated['connectionToken']}", emulator.client_token())
    await socket.send_str('{"protocol":"messagepack","version":1}\x1e')
    assert await socket.receive_bytes(timeout=DEADLINE_SECONDS) == b"{}\x1e"
    return PackedClient(WireClient(socket, negotiated["connectionId"]))


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        ((3, {"a": [1, 1.5, None]}), {"a": [1, 1.5, None]}),
        ((3, b"\x00\xff"), "AP8="),
        ((2,), None),
        ((3, {1: "x"}), {"1": "x"}),
    ],
)
async def test_a_messagepack_clients_result_becomes_json(outcome: tuple[object, ...], result: object) -> None:
    async with running_emulator() as emulator:
        client = await packed(emulator)
        waiting = invoke(emulator, client.connection_id)
        kind, headers, invocation_id, target, arguments, *_ = await client.next()
        assert (kind, headers, target, arguments) == (1, {}, MESSAGE["target"], MESSAGE["arguments"])
        await client.send(3, {}, invocation_id, *outcome)
        assert (await waiting).json() == {"result": result, "protocol": "messagepack"}


def ready(*protocols: str, invocation_id: str | None = None) -> bytes:
    record: dict[str, Any] = {"type": 1, "target": "t", "arguments": [1]}
    if invocation_id is not None:
        record["invocationId"] = invocation_id
    records = {
        "json": json.dumps(record).encode() + b"\x1e",
        "messagepack": with_length_prefix(msgpack.encode([1, {}, invocation_id, "t", [1], []])),
    }
    return msgpack.encode({name: records[name] for name in protocols})


@pytest.mark.parametrize("own_id", [None, "own"])
async def test_ready_records_are_invoked_in_each_protocol(own_id: str | None) -> None:
    async with running_emulator() as emulator:
        plain, binary = await emulator.open(), await packed(emulator)
        body = ready("json", "messagepack", invocation_id=own_id)
        waiting = [
            invoke(emulator, client.connection_id, None, body=body, content_type=OCTETS) for client in (plain, binary)
        ]
        invocation = await complete(plain, result="a")
        assert own_id in (None, invocation["invocationId"])
        _, _, invocation_id, *_ = await binary.next()
        await binary.send(3, {}, invocation_id, 3, "b")
        assert [(await answer).json()["result"] for answer in waiting] == ["a", "b"]


async def test_ready_records_without_the_clients_protocol_are_400_at_once() -> None:
    async with running_emulator() as emulator:
        client = await emulator.open()
        body = ready("messagepack")
        answer = await invoke(emulator, client.connection_id, None, body=body, content_type=OCTETS)
        assert refused(answer, "payload") == (
            "payload: has no record in the hub protocol 'json', which the client speaks."
        )
