"""The transport: the one place where a REST call is signed, sent and judged by its status."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.credentials import RequestCredential
from shared.errors import NoResponseError, http_response_error
from shared.operations import Operation

if TYPE_CHECKING:
    import requests

# The worker of Azure Functions runs at most 32 calls at once unless it is told otherwise.
POOL_SIZE = 32
DETAIL_LIMIT = 500

_ERROR_DESCRIPTION = re.compile(r'error_description="([^"]*)"')

logger = logging.getLogger("signalr")


class Transport:
    """A pool of connections to one service endpoint, shared by the clients of all its hubs; thread-safe.

    The pool is made at the first call, and made anew after `close` and in a forked process.
    """

    def __init__(
        self, endpoint: str, credential: RequestCredential, *, connect_timeout: float, read_timeout: float
    ) -> None:
        self._endpoint = endpoint
        self._credential = credential
        self._timeout = (connect_timeout, read_timeout)
        self._session: tuple[int, requests.Session] | None = None
        self._making_session = threading.Lock()

    def send(self, operation: Operation) -> bytes | None:
        """Return the body of a successful answer, or None where the answer says "absent"; raise for all else."""
        started = time.perf_counter()
        status: int | None = None
        try:
            response = self._response(operation)
            status = response.status_code
        finally:
            _log(operation, status, time.perf_counter() - started)
        return _judged(operation, response)

    def close(self) -> None:
        pid_and_session, self._session = self._session, None
        if pid_and_session is not None:
            pid_and_session[1].close()

    def _response(self, operation: Operation) -> requests.Response:
        # An operation that may be repeated will be repeated here, around what follows; a send never is.
        import requests

        token = self._credential.token_for(self._endpoint + operation.path)
        headers = {"Authorization": f"Bearer {token}"}
        if operation.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self._open_session().request(
                operation.method,
                self._endpoint + operation.path_and_query,
                data=operation.body,
                headers=headers,
                timeout=self._timeout,
                # The token is for this URL and for nobody else.
                allow_redirects=False,
            )
        except requests.RequestException as exc:
            raise NoResponseError(operation.name, self._endpoint, self._reason(exc)) from exc

    def _open_session(self) -> requests.Session:
        current = self._session
        # A forked process must not write to its parent's sockets.
        if current is not None and current[0] == os.getpid():
            return current[1]
        with self._making_session:
            if self._session is None or self._session[0] != os.getpid():
                self._session = os.getpid(), _new_session(self._endpoint)
            return self._session[1]

    def _reason(self, exc: requests.RequestException) -> str:
        import requests

        connect, read = self._timeout
        reasons: dict[type[requests.RequestException], str] = {
            requests.ConnectTimeout: f"no connection within {connect:g} s",
            requests.ReadTimeout: f"no answer within {read:g} s; the service may have done what was asked",
            requests.exceptions.SSLError: "TLS failed; check the certificate and the CA bundle",
            requests.exceptions.ProxyError: "the proxy refused the connection",
            requests.ConnectionError: "no connection, or it was lost",
        }
        return next((reason for kind, reason in reasons.items() if isinstance(exc, kind)), type(exc).__name__)


def _new_session(endpoint: str) -> requests.Session:
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    # Proxies and CA bundle are looked up in the environment here, once; requests would do so at every call, and
    # would replace our token by what stands in .netrc.
    found = session.merge_environment_settings(endpoint, {}, None, None, None)
    session.proxies, session.verify, session.trust_env = found["proxies"], found["verify"], False
    session.headers["User-Agent"] = "signalr-serverless-python"
    # Not blocking: under more threads than that, a blocking pool makes the last ones wait for seconds.
    session.mount(endpoint, HTTPAdapter(pool_connections=1, pool_maxsize=POOL_SIZE, pool_block=False))
    return session


def _log(operation: Operation, status: int | None, seconds: float) -> None:
    shown = "no answer" if status is None else status
    logger.debug("%s hub=%s status=%s ms=%.1f", operation.name, operation.hub, shown, seconds * 1000)


def _judged(operation: Operation, response: requests.Response) -> bytes | None:
    if 200 <= response.status_code < 300:
        return response.content
    error_code = response.headers.get("x-ms-error-code")
    if response.status_code == 404 and _means_absent(operation, error_code):
        return None
    raise http_response_error(response.status_code, _detail(response), error_code)


def _means_absent(operation: Operation, error_code: str | None) -> bool:
    """Version 1.0 declares no error code, so a 404 without one counts; one with another code is an error."""
    if operation.absent_code is None:
        return False
    return error_code is None or error_code.lower() == operation.absent_code.lower()


def _detail(response: requests.Response) -> str:
    """What the answer says is wrong: the header of a 401, the JSON of newer versions, the text of version 1.0."""
    if described := _ERROR_DESCRIPTION.search(response.headers.get("WWW-Authenticate", "")):
        return described[1][:DETAIL_LIMIT]
    if 300 <= response.status_code < 400:
        return "a redirect, which is not followed; check the endpoint"
    content_type = response.headers.get("Content-Type", "")
    if "json" in content_type:
        return _json_detail(response.content)[:DETAIL_LIMIT]
    # An HTML page comes from a proxy or a firewall and helps nobody in a log.
    return response.text.strip()[:DETAIL_LIMIT] if "text/plain" in content_type else ""


def _json_detail(content: bytes) -> str:
    """ErrorDetail has `message`, problem details have `errors` by parameter, or `detail`, or only `title`."""
    try:
        document = json.loads(content)
    except ValueError:
        return ""
    if isinstance(document, str):
        return document
    if not isinstance(document, Mapping):
        return ""
    if isinstance(errors := document.get("errors"), Mapping) and errors:
        return json.dumps(errors, ensure_ascii=False)
    return str(document.get("message") or document.get("detail") or document.get("title") or "")
