"""REST calls to the emulator, one after the other on one connection; only the server's cost counts here."""

from __future__ import annotations

import http.client
from types import TracebackType

from benchmarks.contestants import host, signed


class Rest:
    """Signed calls to one address; a context manager. Tokens are kept, since the caller's cost is not measured."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection = http.client.HTTPConnection(host(address), timeout=30)
        self._tokens: dict[str, str] = {}

    def __enter__(self) -> Rest:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def call(self, method: str, path: str, body: bytes = b"", query: str = "") -> None:
        token = self._tokens.get(path)
        if token is None:
            token = self._tokens[path] = signed(self._address + path)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection.request(method, f"{path}?{query}" if query else path, body, headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path} was answered {response.status}: {answer!r}")
