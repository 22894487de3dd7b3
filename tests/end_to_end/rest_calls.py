"""REST calls to the service, made by the test itself: its own tokens and its own bodies, no library of this project."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests

from tests.conftest import RunningEmulator

LIMIT_SECONDS = 40
VERSION = "2024-12-01"


class Hub:
    """One hub of a running emulator: tokens for its clients, and calls of the newest version."""

    def __init__(self, emulator: RunningEmulator, name: str, executor: ThreadPoolExecutor) -> None:
        self._emulator = emulator
        self._executor = executor
        self.name = name
        self.path = f"/api/hubs/{name}"

    def token(self, audience: str, **claims: Any) -> str:
        return jwt.encode({"aud": audience, "exp": int(time.time()) + 300, **claims}, self._emulator.access_key)

    def client_access(self, *, port: int | None = None, user: str | None = None, **claims: Any) -> dict[str, str]:
        """What a client connects with: `url` and `accessToken`; `port` where it goes by another one."""
        if user is not None:
            claims["nameid"] = user
        straight = urlsplit(self._emulator.endpoint).port
        url = f"http://127.0.0.1:{port or straight}/client/?hub={self.name}"
        return {"url": url, "accessToken": self.token(url, **claims)}

    def call(
        self, method: str, path: str, body: Any = None, *, content_type: str = "application/json", **query: Any
    ) -> requests.Response:
        """A call below the hub's path; a body of bytes is sent as it stands, any other becomes JSON."""
        url = f"{self._emulator.endpoint}{self.path}{path}"
        headers = {"Authorization": f"Bearer {self.token(url)}", "Content-Type": content_type}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        query["api-version"] = VERSION
        return requests.request(method, url, headers=headers, params=query, data=data, timeout=LIMIT_SECONDS)

    def call_meanwhile(self, method: str, path: str, body: Any = None) -> Future[requests.Response]:
        return self._executor.submit(self.call, method, path, body)

    def do(self, method: str, path: str, body: Any = None, **options: Any) -> None:
        """A call that must succeed."""
        response = self.call(method, path, body, **options)
        assert response.ok, response.text

    def send(self, path: str, *arguments: Any, **query: Any) -> None:
        """Send a message as JSON; the path without `/:send`."""
        self.do("POST", f"{path}/:send", {"target": "newMessage", "arguments": arguments}, **query)


@contextmanager
def calling(emulator: RunningEmulator, name: str) -> Iterator[Hub]:
    with ThreadPoolExecutor(4) as executor:
        yield Hub(emulator, name, executor)
