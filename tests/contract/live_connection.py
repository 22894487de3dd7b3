"""A live connection: a client of the service on its wire, WebSocket and JSON hub protocol, for synchronous tests."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from shared import ClientAccessToken

SEPARATOR = "\x1e"
LIMIT_SECONDS = 10

T = TypeVar("T")


class Clients:
    """Opens live connections and closes them all at the end; their event loop has a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._session = self.run(self._new_session())

    async def _new_session(self) -> aiohttp.ClientSession:
        # Connections stay open until the end, and there are more of them than aiohttp's limit of 100.
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LIMIT_SECONDS)

    def connect(self, access: ClientAccessToken) -> LiveConnection:
        """Do what a client does with negotiate's answer: negotiate at the service, connect, shake hands."""
        return self.run(self._connect(access))

    async def _connect(self, access: ClientAccessToken) -> LiveConnection:
        parts = urlsplit(access.url)
        bearer = {"Authorization": f"Bearer {access.token}"}
        negotiate_url = f"{parts.scheme}://{parts.netloc}{parts.path}negotiate?{parts.query}&negotiateVersion=1"
        async with self._session.post(negotiate_url, headers=bearer) as answer:
            answer.raise_for_status()
            negotiated = await answer.json()
        socket = await self._session.ws_connect(f"{access.url}&id={negotiated['connectionToken']}", headers=bearer)
        await socket.send_str(json.dumps({"protocol": "json", "version": 1}) + SEPARATOR)
        connection = LiveConnection(negotiated["connectionId"], lambda text: self.run(socket.send_str(text)))
        reading = asyncio.ensure_future(connection.read(socket))
        connection.reading = reading
        await asyncio.wait_for(connection.shaken.wait(), LIMIT_SECONDS)
        return connection

    def close(self) -> None:
        self.run(self._session.close())
        self.run(self._cancel_rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LIMIT_SECONDS)
        self._loop.close()

    async def _cancel_rest(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


class LiveConnection:
    """What one client receives; pings are left out."""

    reading: asyncio.Future[None]

    def __init__(self, connection_id: str, send: Callable[[str], None]) -> None:
        self.connection_id = connection_id
        self._send = send
        self.shaken = asyncio.Event()
        self._received: queue.Queue[dict[str, Any]] = queue.Queue()

    async def read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            for record in str(frame.data).split(SEPARATOR)[:-1]:
                self._take(json.loads(record))

    def _take(self, message: dict[str, Any]) -> None:
        if not self.shaken.is_set():
            assert message == {}, message
            self.shaken.set()
        elif message["type"] != 6:
            self._received.put(message)

    def next(self) -> dict[str, Any]:
        return self._received.get(timeout=LIMIT_SECONDS)

    def complete(self, invocation_id: str, **outcome: Any) -> None:
        """Answer an invocation with `result=…` or `error=…`."""
        message = {"type": 3, "invocationId": invocation_id, **outcome}
        self._send(json.dumps(message) + SEPARATOR)

    def next_arguments(self) -> list[Any]:
        message = self.next()
        assert (message["type"], message["target"]) == (1, "newMessage"), message
        arguments: list[Any] = message["arguments"]
        return arguments
