"""A client per transport, all with the same parts, so that one set of tests fits them all."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any, Protocol, Self

import aiohttp
from yarl import URL

from tests.emulator.offline import HANDSHAKE
from tests.emulator.wire import DEADLINE_SECONDS, Answer, HubClient, WireClient, WireEmulator

NO_TIMEOUT = aiohttp.ClientTimeout(total=None)


class TransportClient(Protocol):
    """What the tests of every transport need of a client."""

    connection_id: str

    async def send(self, text: str) -> None: ...

    async def next(self) -> Any: ...

    async def next_of_type(self, kind: int) -> Any: ...

    async def has_ended(self) -> bool:
        """Whether the emulator ends the transport in order and without another message."""

    async def leave(self) -> None:
        """End the transport as this transport's clients do."""


class Opener(Protocol):
    """Opens a client up to its handshake, which is left to the test."""

    async def __call__(
        self, emulator: WireEmulator, *, hub: str = "chat", user_id: str | None = None, **claims: Any
    ) -> TransportClient: ...


async def opened(open_client: Opener, emulator: WireEmulator, user_id: str | None = None, **claims: Any) -> Any:
    """A client in the hub `chat`, past its handshake."""
    client = await open_client(emulator, user_id=user_id, **claims)
    await client.send(HANDSHAKE.decode())
    assert await client.next() == {}
    return client


def _with_user(user_id: str | None, claims: dict[str, Any]) -> dict[str, Any]:
    return claims if user_id is None else {"nameid": user_id, **claims}


class WebSocketClient(WireClient):
    """A WebSocket."""

    @classmethod
    async def open(
        cls, emulator: WireEmulator, *, hub: str = "chat", user_id: str | None = None, **claims: Any
    ) -> Self:
        claims = _with_user(user_id, claims)
        negotiated = await emulator.negotiate(hub, **claims)
        id_ = negotiated["connectionToken"]
        socket = await emulator.socket(f"hub={hub}&id={id_}", emulator.client_token(hub, **claims))
        return cls(socket, negotiated["connectionId"], id_)

    async def has_ended(self) -> bool:
        return await self.close_code() == 1000

    async def leave(self) -> None:
        await self.socket.close()


class _PostingClient(HubClient):
    """What Server-Sent Events and long polling share: a client speaks by POST requests."""

    def __init__(self, emulator: WireEmulator, hub: str, negotiated: Any, token: str) -> None:
        super().__init__(negotiated["connectionId"])
        self.emulator = emulator
        self.connection_token: str = negotiated["connectionToken"]
        self.path = f"/client/?hub={hub}&id={self.connection_token}"
        self.headers = {"Authorization": f"Bearer {token}"}

    @classmethod
    async def negotiated(
        cls, emulator: WireEmulator, *, hub: str = "chat", user_id: str | None = None, **claims: Any
    ) -> Self:
        """A client that has not connected yet."""
        claims = _with_user(user_id, claims)
        return cls(emulator, hub, await emulator.negotiate(hub, **claims), emulator.client_token(hub, **claims))

    async def post(self, data: bytes) -> Answer:
        return await self.emulator.request("POST", self.path, headers=self.headers, body=data)

    async def send(self, text: str) -> None:
        answer = await self.post(text.encode())
        assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"", "text/plain"), answer


class SseClient(_PostingClient):
    """Server-Sent Events; it reads events as the HTML standard says, of the `data` field alone."""

    response: aiohttp.ClientResponse

    @classmethod
    async def open(
        cls, emulator: WireEmulator, *, hub: str = "chat", user_id: str | None = None, **claims: Any
    ) -> Self:
        client = await cls.negotiated(emulator, hub=hub, user_id=user_id, **claims)
        await client.connect()
        return client

    async def connect(self) -> None:
        url = URL(self.emulator.endpoint + self.path, encoded=True)
        headers = {**self.headers, "Accept": "text/event-stream"}
        self.response = await self.emulator.session.get(url, headers=headers, timeout=NO_TIMEOUT)
        self.emulator.streams.append(self.response)
        assert self.response.status == 200

    async def read_line(self) -> bytes:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.response.content.readuntil(b"\r\n")

    async def receive(self) -> str:
        data: list[bytes] = []
        while (line := await self.read_line()) != b"\r\n" or not data:
            if line.startswith(b"data: "):
                data.append(line[len(b"data: ") : -2])
            elif not line:
                raise EOFError("the stream has ended")
        return b"\n".join(data).decode()

    async def has_ended(self) -> bool:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.response.content.read() == b""

    async def leave(self) -> None:
        self.response.close()

    @property
    def tcp(self) -> asyncio.Transport:
        assert self.response.connection is not None
        transport = self.response.connection.transport
        assert isinstance(transport, asyncio.Transport)
        return transport


class LongPollingClient(_PostingClient):
    """Long polling."""

    @classmethod
    async def open(
        cls, emulator: WireEmulator, *, hub: str = "chat", user_id: str | None = None, **claims: Any
    ) -> Self:
        client = await cls.negotiated(emulator, hub=hub, user_id=user_id, **claims)
        assert (await client.poll()).status == 200
        return client

    async def poll(self) -> Answer:
        """One poll; clients add a parameter that no cache knows."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.emulator.request("GET", f"{self.path}&_={next(_numbers)}", headers=self.headers)

    async def receive(self) -> str:
        answer = await self.poll()
        assert answer.status == 200, answer
        return answer.body.decode()

    async def has_ended(self) -> bool:
        return (await self.poll()).status == 204

    async def leave(self) -> None:
        answer = await self.emulator.request("DELETE", self.path, headers=self.headers)
        assert answer.status == 202


_numbers = itertools.count()
EVERY_TRANSPORT = (WebSocketClient.open, SseClient.open, LongPollingClient.open)
NAMES = ("WebSockets", "ServerSentEvents", "LongPolling")
