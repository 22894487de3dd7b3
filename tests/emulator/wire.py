"""A real emulator on a free port, in the test's own event loop, and clients that talk to it over the wire."""

from __future__ import annotations

import asyncio
import io
import json
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, cast

import aiohttp
import jwt
from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from yarl import URL

from emulator.options import PUBLISHED_ACCESS_KEY, Options
from emulator.server import start
from tests.emulator.offline import HANDSHAKE

DEADLINE_SECONDS = 10
MESSAGE = {"target": "newMessage", "arguments": ["hello", 1]}
OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789abcdefgh"


def signed(audience: object, key: str = PUBLISHED_ACCESS_KEY, **claims: Any) -> str:
    """An access token for an audience, good for a minute unless `exp` says otherwise."""
    return jwt.encode({"aud": audience, "exp": int(time.time()) + 60, **claims}, key, algorithm="HS256")


class Answer(NamedTuple):
    """What a request was answered with."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str | None:
        return self.headers.get("x-ms-error-code")

    @property
    def challenge(self) -> str | None:
        return self.headers.get("WWW-Authenticate")

    def json(self) -> Any:
        return json.loads(self.body)


class HubClient(ABC):
    """A client of the hub protocol `json` on some transport; `connection_id` is known where it negotiated."""

    def __init__(self, connection_id: str) -> None:
        self.connection_id = connection_id
        self._records: list[str] = []

    @abstractmethod
    async def send(self, text: str) -> None: ...

    @abstractmethod
    async def receive(self) -> str:
        """What comes next: one or more records."""

    async def next(self) -> Any:
        """The next hub message."""
        while not self._records:
            self._records = (await self.receive()).split("\x1e")[:-1]
        return json.loads(self._records.pop(0))

    async def next_of_type(self, kind: int) -> Any:
        while (message := await self.next()).get("type") != kind:
            pass
        return message


class WireClient(HubClient):
    """A client on a WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, connection_id: str, token: str = "") -> None:
        super().__init__(connection_id)
        self.socket = socket
        self.connection_token = token

    async def send(self, text: str) -> None:
        await self.socket.send_str(text)

    async def receive(self) -> str:
        return await self.socket.receive_str(timeout=DEADLINE_SECONDS)

    @property
    def tcp(self) -> asyncio.Transport:
        """The client's end of its TCP connection, for what aiohttp's client never does by itself."""
        connection = self.socket._conn
        assert connection is not None
        return cast(asyncio.Transport, connection.transport)

    async def close_code(self) -> int | None:
        """The WebSocket's close code, once the emulator closed it without another message."""
        message = await self.socket.receive(timeout=DEADLINE_SECONDS)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED), message
        return self.socket.close_code


class WireEmulator:
    """The emulator's address, and requests to it."""

    def __init__(self, session: aiohttp.ClientSession, port: int, runner: web.AppRunner | None = None) -> None:
        self._runner = runner  # None where the emulator is another process
        self.session = session
        self.port = port
        self.endpoint = f"http://127.0.0.1:{port}"
        self.streams: list[aiohttp.ClientResponse] = []

    def close_streams(self) -> None:
        """Cut what clients left open, of which aiohttp would complain."""
        for stream in self.streams:
            stream.close()

    def client_token(self, hub: str = "chat", **claims: Any) -> str:
        return signed(f"{self.endpoint}/client/?hub={hub}", **claims)

    async def request(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """A request as it stands: no token is added, the path is not encoded again."""
        url = URL(self.endpoint + path, encoded=True)
        data = None if body is None else io.BytesIO(body)
        async with self.session.request(method, url, headers=headers, data=data) as response:
            return Answer(response.status, response.headers, await response.read())

    async def rest(self, method: str, path: str, message: object = None) -> Answer:
        """A REST call under `/api/v1/hubs/` with a good token; a message goes as its JSON body."""
        path = "/api/v1/hubs/" + path
        headers = {"Authorization": f"Bearer {signed(self.endpoint + path.partition('?')[0])}"}
        body = None
        if message is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
            body = message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False).encode()
        return await self.request(method, path, headers=headers, body=body)

    async def client_request(
        self, method: str, path: str, *, body: bytes | None = None, accept: str | None = None, **claims: Any
    ) -> Answer:
        """A request under `/client` with a good token for the hub `chat`."""
        headers = {"Authorization": f"Bearer {self.client_token(**claims)}"}
        if accept is not None:
            headers["Accept"] = accept
        return await self.request(method, "/client" + path, headers=headers, body=body)

    async def negotiate(self, hub: str = "chat", *, version: str = "1", query: str = "", **claims: Any) -> Any:
        answer = await self.request(
            "POST",
            f"/client/negotiate?hub={hub}&negotiateVersion={version}{query}",
            headers={"Authorization": f"Bearer {self.client_token(hub, **claims)}"},
        )
        assert answer.status == 200, answer
        return answer.json()

    async def state(self) -> Any:
        """What `/emulator/state` counts."""
        return (await self.request("GET", "/emulator/state")).json()

    async def socket(self, query: str, token: str | None) -> aiohttp.ClientWebSocketResponse:
        """A WebSocket to the client endpoint, before its handshake; ClientResponseError where it is refused."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        url = URL(f"{self.endpoint}/client/?{query}", encoded=True)
        socket = await self.session.ws_connect(url, headers=headers, max_msg_size=0)
        self.streams.append(socket._response)
        return socket

    async def open(self, hub: str = "chat", user_id: str | None = None, **claims: Any) -> WireClient:
        """A client in the hub: negotiated, connected and past its handshake."""
        who = {} if user_id is None else {"nameid": user_id}
        negotiated = await self.negotiate(hub, **who, **claims)
        token = self.client_token(hub, **who, **claims)
        socket = await self.socket(f"hub={hub}&id={negotiated['connectionToken']}", token)
        client = WireClient(socket, negotiated["connectionId"], negotiated["connectionToken"])
        await client.send(HANDSHAKE.decode())
        assert await client.next() == {}
        return client

    @property
    def handlers(self) -> list[RequestHandler]:
        """aiohttp's, one for each TCP connection to this emulator."""
        assert self._runner is not None
        assert self._runner.server is not None
        return self._runner.server.connections

    async def is_waited_on(self) -> None:
        """Until the emulator has a request that it does not answer yet, such as a poll."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not any(handler._current_request for handler in self.handlers):
                await asyncio.sleep(0.001)

    async def is_gone(self, connection_id: str, hub: str = "chat") -> bool:
        """Whether the hub forgets the connection before the deadline."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (await self.rest("HEAD", f"{hub}/connections/{connection_id}")).status != 404:
                await asyncio.sleep(0.005)
        return True

    async def received(self, clients: Sequence[HubClient], hub: str = "chat") -> list[list[str]]:
        """Which targets each client was sent until now: a last message to all says where 'now' is."""
        await self.rest("POST", hub, {"target": "fence"})
        return [await _targets_before_the_fence(client) for client in clients]


async def _targets_before_the_fence(client: HubClient) -> list[str]:
    targets = []
    while (target := (await client.next_of_type(1))["target"]) != "fence":
        targets.append(target)
    return targets


@asynccontextmanager
async def running_emulator(
    options: Options | None = None, *, clock: Callable[[], float] = time.time
) -> AsyncIterator[WireEmulator]:
    runner, port = await start(options or Options(port=0), clock=clock)
    try:
        async with aiohttp.ClientSession() as session:
            emulator = WireEmulator(session, port, runner)
            yield emulator
            emulator.close_streams()
    finally:
        await runner.cleanup()


async def sent_over_tcp(port: int, data: bytes) -> bytes:
    """What is answered to bytes that no HTTP client would send; ends when the emulator closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), DEADLINE_SECONDS)
    finally:
        writer.close()
        await writer.wait_closed()
