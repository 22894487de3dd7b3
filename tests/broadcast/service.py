"""A service on loopback that answers what a test tells it to, for the answers that the emulator never gives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class AnsweringService:
    """Keeps the request lines it received; `status` 0 closes the connection without an answer."""

    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    endpoint: str = ""


@pytest.fixture
def answering_service() -> Iterator[AnsweringService]:
    service = AnsweringService()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            service.requests.append((f"{self.command} {self.path}", body))
            if not service.status:
                self.close_connection = True
                return
            self.send_response(service.status)
            for name, value in {**service.headers, "Content-Length": str(len(service.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(service.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.endpoint = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield service
        server.shutdown()
