"""The Server-Sent Events transport over the wire: its headers, its bytes, and what is its alone."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from emulator.options import Options
from emulator.transports.server_sent_events import transport
from tests.emulator.offline import Clock
from tests.emulator.transports.clients import SseClient, opened
from tests.emulator.wire import DEADLINE_SECONDS, running_emulator, signed


async def test_headers_and_opening_bytes_are_the_services() -> None:
    async with running_emulator() as emulator:
        client = await SseClient.open(emulator)
        headers = client.response.headers
        assert headers["Content-Type"] == "text/event-stream"
        assert headers["Cache-Control"] == "no-cache,no-store"
        assert headers["Pragma"] == "no-cache"
        assert headers["Content-Encoding"] == "identity"
        assert headers["Transfer-Encoding"] == "chunked"
        assert await client.read_line() == b":\r\n"
        await client.send('{"protocol":"json","version":1}\x1e')
        assert [await client.read_line(), await client.read_line()] == [b"data: {}\x1e\r\n", b"\r\n"]


async def test_a_ready_record_with_line_ends_arrives_as_data_lines() -> None:
    record = b'{"type":1,\n"target":\r"t",\r\n"arguments":[]}\x1e'
    async with running_emulator() as emulator:
        client = await opened(SseClient.open, emulator)
        answer = await emulator.request(
            "POST",
            "/api/v1/hubs/chat",
            headers={
                "Authorization": f"Bearer {signed(emulator.endpoint + '/api/v1/hubs/chat')}",
                "Content-Type": "application/octet-stream",
            },
            body=msgspec.msgpack.encode({"json": record}),
        )
        assert answer.status == 202
        lines = [await client.read_line() for _ in range(5)]
        assert lines == [b'data: {"type":1,\r\n', b'data: "target":\r\n', b'data: "t",\r\n', lines[3], b"\r\n"]
        assert lines[3] == b'data: "arguments":[]}\x1e\r\n'
        assert await emulator.received([client]) == [[]]


async def test_binary_hub_protocols_are_refused() -> None:
    async with running_emulator() as emulator:
        client = await SseClient.open(emulator)
        await client.send('{"protocol":"messagepack","version":1}\x1e')
        assert await client.next() == {
            "error": "Cannot use the 'messagepack' protocol on the current transport. The transport does not support "
            "'Binary' transfer format."
        }
        assert await client.has_ended()


async def test_a_client_may_post_before_its_stream_is_open() -> None:
    async with running_emulator() as emulator:
        client = await SseClient.negotiated(emulator)
        await client.send('{"protocol":"json","version":1}\x1e')
        await client.connect()
        assert await client.next() == {}


async def test_a_silent_client_is_pinged_and_then_closed() -> None:
    clock = Clock()
    async with running_emulator(Options(port=0, keep_alive_interval=0.02), clock=clock) as emulator:
        client = await opened(SseClient.open, emulator)
        clock.advance(1)
        assert await client.next() == {"type": 6}
        clock.advance(29.1)
        close = await client.next_of_type(7)
        assert "client timeout" in close["error"]
        assert await client.has_ended()


async def test_stateful_reconnect_is_for_websockets_alone() -> None:
    async with running_emulator() as emulator:
        negotiated = await emulator.negotiate(query="&useStatefulReconnect=true")
        client = SseClient(emulator, "chat", negotiated, emulator.client_token())
        await client.connect()
        await client.send('{"protocol":"json","version":2}\x1e')
        assert await client.next() == {}
        path = f"/?hub=chat&id={client.connection_token}"
        assert (await emulator.client_request("GET", path, accept="text/event-stream")).status == 409
        await client.leave()
        assert await emulator.is_gone(client.connection_id)


async def test_a_stream_whose_last_bytes_are_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "END_TIMEOUT_SECONDS", 0.05)
    async with running_emulator() as emulator:
        client = await opened(SseClient.open, emulator)
        client.tcp.pause_reading()
        for _ in range(12):  # more than the system's buffers take, less than the emulator lets wait
            await emulator.rest("POST", "chat", {"target": "t", "arguments": ["x" * 1_000_000]})
        await emulator.rest("DELETE", f"chat/connections/{client.connection_id}")
        async with asyncio.timeout(DEADLINE_SECONDS):
            path = f"/?hub=chat&id={client.connection_token}"
            while (await emulator.client_request("GET", path, accept="text/event-stream")).status == 409:
                await asyncio.sleep(0.005)
        assert (await emulator.client_request("GET", path, accept="text/event-stream")).status == 404
