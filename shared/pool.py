"""The pool: warm connections to one service endpoint, set up by requests and used through its urllib3.

requests reads proxies, CA bundle and TLS options once; below it, urllib3 says exactly whether a request was sent, and
saves what requests does with cookies, redirects and the environment at every call.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import LocationValueError, ProtocolError

from shared.errors import NoResponseError

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

    _Connection = HTTPConnection
else:
    _Connection = object

# So many connections are kept open at most: for web servers with 64 threads, and for many targets at once.
POOL_SIZE = 256
# Shorter than what proxies and load balancers leave an idle connection (60 s and more), so that it is ours to close: a
# connection that the other side closes just as a send is written makes that send's outcome unknown.
IDLE_LIMIT_SECONDS = 45.0
# The largest answer is the result of a client, whose messages have 1 MB; nothing endless is read into memory.
ANSWER_LIMIT_BYTES = 16 * 1_048_576
_CHUNK_BYTES = 65_536
_NEVER = urllib3.Retry(total=False, redirect=False)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, read whole; names of `headers` have no case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Pool:
    """Connections to one endpoint; a pool that blocks would make threads wait for seconds, so this one opens more."""

    def __init__(self, endpoint: str) -> None:
        self._session = requests.Session()
        found = self._session.merge_environment_settings(endpoint, {}, None, None, None)
        adapter = _Adapter(pool_connections=1, pool_maxsize=POOL_SIZE, pool_block=False)
        self._session.mount(endpoint, adapter)
        verify = _checked(found["verify"], endpoint)
        try:
            self._connections, self._prefix = adapter.opened(endpoint, found["proxies"], verify)
        except (requests.RequestException, LocationValueError) as exc:
            reason = f"the proxy that the environment names cannot be used: {exc}"
            raise NoResponseError("connect", endpoint, reason, may_have_arrived=False) from exc

    def request(
        self,
        method: str,
        path_and_query: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        timeout: tuple[float, float],
        deadline: float,
    ) -> Response:
        """Send one request and read its answer; an error of urllib3 where that fails.

        `timeout` is for connecting and for each read, in seconds; `deadline` is when reading ends, on the monotonic
        clock.
        """
        answer = self._connections.urlopen(
            method,
            self._prefix + path_and_query,
            body=body,
            headers=headers,
            retries=_NEVER,
            # The token is for this URL and for nobody else.
            redirect=False,
            assert_same_host=False,
            timeout=urllib3.Timeout(connect=timeout[0], read=timeout[1]),
            preload_content=False,
            decode_content=False,
        )
        with answer:
            return Response(answer.status, answer.headers, _read(answer, deadline))

    def close(self) -> None:
        self._session.close()


class _Adapter(HTTPAdapter):
    """What requests knows about proxies and TLS, for a pool that is used without it."""

    def opened(
        self, endpoint: str, proxies: MutableMapping[str, str], verify: bool | str
    ) -> tuple[urllib3.HTTPConnectionPool, str]:
        """The pool, and what stands before a path: a proxy for plain HTTP wants the whole URL."""
        request = requests.Request("GET", endpoint).prepare()
        pool = cast(urllib3.HTTPConnectionPool, self.get_connection_with_tls_context(request, verify, dict(proxies)))
        pool.ConnectionCls = cast(Any, type("FreshConnection", (_FreshConnection, pool.ConnectionCls), {}))
        takes_path = self.request_url(request, dict(proxies)).startswith("/")
        return pool, urlsplit(endpoint).path if takes_path else endpoint


class _FreshConnection(_Connection):
    """A connection that counts as dropped, and so is opened anew, once it was idle too long."""

    _used = 0.0

    @property
    def is_connected(self) -> bool:
        return super().is_connected and time.monotonic() - self._used < IDLE_LIMIT_SECONDS

    def getresponse(self) -> Any:
        try:
            return super().getresponse()
        finally:
            self._used = time.monotonic()


def _checked(verify: bool | str | None, endpoint: str) -> bool | str:
    if isinstance(verify, str) and not Path(verify).exists():
        reason = f"the CA bundle {verify} of REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE is not there"
        raise NoResponseError("connect", endpoint, reason, may_have_arrived=False)
    return True if verify is None else verify


def _read(answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := answer.read1(_CHUNK_BYTES):
        chunks.append(chunk)
        size += len(chunk)
        if size > ANSWER_LIMIT_BYTES or time.monotonic() > deadline:
            raise ProtocolError("The answer does not end.")
    return b"".join(chunks)
