"""Function apps in a folder, the host that runs them, and a client that sends exactly what it is told to."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.processes import ROOT, ServerProcess

LIMIT_SECONDS = 20
IMPORTS = "import json, logging, os, time\nimport azure.functions as func\n"


def write_app(
    folder: Path, source: str, *, host_json: object = None, local_settings: object = None, imports: str = IMPORTS
) -> Path:
    """Write a function app; `source` may be indented, and follows the usual imports."""
    (folder / "function_app.py").write_text(imports + textwrap.dedent(source), encoding="utf-8")
    (folder / "host.json").write_text(json.dumps(host_json or {"version": "2.0"}), encoding="utf-8")
    if local_settings is not None:
        (folder / "local.settings.json").write_text(json.dumps(local_settings), encoding="utf-8")
    return folder


def run_host(root: Path, *options: str, env: Mapping[str, str] | None = None) -> ServerProcess:
    return ServerProcess("-m", "functions_host", "--port", "0", "--root", str(root), *options, env=env)


def refused_start(*options: str, cwd: Path = ROOT) -> str:
    """What the host says where it must not start: on stderr, with exit code 1."""
    command = [sys.executable, "-m", "functions_host", *options]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert (done.returncode, "Now listening" in done.stdout) == (1, False), done.stdout + done.stderr
    return done.stderr


@dataclass(frozen=True)
class Response:
    """An HTTP response, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One keep-alive connection; headers go out as given, also twice, and a request target is not touched."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=LIMIT_SECONDS)

    def send(
        self, method: str, target: str, headers: Iterable[tuple[str, str]] = (), body: bytes | None = None
    ) -> Response:
        self._connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers:
            self._connection.putheader(name, value)
        if body is not None and "transfer-encoding" not in {name.lower() for name, _ in headers}:
            self._connection.putheader("Content-Length", str(len(body)))
        self._connection.endheaders(body)
        response = self._connection.getresponse()
        return Response(response.status, response.headers, response.read())

    @property
    def local_port(self) -> int:
        port: int = self._connection.sock.getsockname()[1]
        return port

    def close(self) -> None:
        self._connection.close()


def send(
    process: ServerProcess,
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
) -> Response:
    """One request on a connection of its own."""
    connection = Connection(process.address)
    try:
        return connection.send(method, target, headers, body)
    finally:
        connection.close()


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for what another process does, such as writing to its log."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)
