"""A SignalR client in a test: negotiates with the function app, connects, and hands out what it receives."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any
from urllib.parse import quote

import aiohttp

from tests.broadcast.app import call

# Long for a loopback message and short for a person who waits for a failing test.
LIMIT_SECONDS = 10
SEPARATOR = "\x1e"


class Listener:
    """A connection to the service over WebSockets with the JSON hub protocol."""

    connection_id: str

    def __init__(self, hub: str, user: str | None = None) -> None:
        self._hub = hub
        self._user = user
        self._received: list[dict[str, Any]] = []

    async def __aenter__(self) -> Listener:
        query = f"?user={quote(self._user)}" if self._user else ""
        access = json.loads(call("POST", f"/api/hubs/{self._hub}/negotiate{query}").get_body())
        self._http = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {access['accessToken']}"},
            timeout=aiohttp.ClientTimeout(total=LIMIT_SECONDS),
        )
        negotiate = access["url"].replace("/client/?", "/client/negotiate?") + "&negotiateVersion=1"
        async with self._http.post(negotiate) as response:
            answer = await response.json()
        self.connection_id = answer["connectionId"]
        self._socket = await self._http.ws_connect(f"{access['url']}&id={answer['connectionToken']}")
        await self._socket.send_str('{"protocol":"json","version":1}' + SEPARATOR)
        assert await self._next() == {}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._socket.close()
        await self._http.close()

    async def receive(self) -> dict[str, Any]:
        """The next hub message that is no ping."""
        while (message := await self._next()).get("type") == 6:
            pass
        return message

    async def _next(self) -> dict[str, Any]:
        while not self._received:
            text = await self._socket.receive_str(timeout=LIMIT_SECONDS)
            self._received += [json.loads(record) for record in text.split(SEPARATOR) if record]
        return self._received.pop(0)


def invocation(target: str, *arguments: Any) -> dict[str, Any]:
    return {"type": 1, "target": target, "arguments": list(arguments)}
