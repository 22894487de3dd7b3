"""The official client in a page of a real browser, whose origin is not the service's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.end_to_end.official_client import LIMIT_SECONDS, OfficialClient
from tests.processes import ROOT

_PACKAGES = ROOT / "node_modules" / "@microsoft"
_PAGE = """<!doctype html><html lang="en"><head><title>A client</title><link rel="icon" href="data:,">
<script src="/signalr.js"></script><script src="/messagepack.js"></script>
<script type="module">
  import { hubClient } from "/hub_client.mjs";
  const happened = [], waiting = [];
  const write = (line) => (waiting.length ? waiting.shift()(line) : happened.push(line));
  window.command = hubClient(signalR, signalR.protocols.msgpack.MessagePackHubProtocol, write);
  window.nextEvent = (milliseconds) => happened.shift() ?? new Promise((resolve) => {
    waiting.push(resolve);
    setTimeout(resolve, milliseconds, null);
  });
</script></head><body></body></html>"""
_FILES: dict[str, tuple[str, Path | str]] = {
    "/": ("text/html", _PAGE),
    "/hub_client.mjs": ("text/javascript", Path(__file__).with_name("hub_client.mjs")),
    "/signalr.js": ("text/javascript", _PACKAGES / "signalr/dist/browser/signalr.min.js"),
    "/messagepack.js": (
        "text/javascript",
        _PACKAGES / "signalr-protocol-msgpack/dist/browser/signalr-protocol-msgpack.min.js",
    ),
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, source = _FILES[self.path]
        body = source.encode() if isinstance(source, str) else source.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Keep quiet."""


@contextmanager
def serve_page() -> Iterator[str]:
    """The page's address, at a port and so at an origin of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(LIMIT_SECONDS)


class BrowserClient(OfficialClient):
    """An official client in a window of its own. `complaints` is what the browser wrote to its console as errors and
    warnings; `preflights` the statuses that its preflights were answered with.
    """

    def __init__(self, browser: Browser, address: str) -> None:
        self.complaints: list[str] = []
        self.preflights: list[int] = []
        context = browser.new_context()
        self.page: Page = context.new_page()
        self.page.on("console", self._wrote)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        network = context.new_cdp_session(self.page)
        network.on("Network.responseReceived", self._responded)
        network.send("Network.enable")
        self.page.goto(address)

    def renew(self) -> None:
        super().renew()
        self.complaints.clear()
        self.preflights.clear()

    def _wrote(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _responded(self, event: dict[str, Any]) -> None:
        if event["type"] == "Preflight":
            self.preflights.append(event["response"]["status"])

    def command(self, command: str, **parameters: Any) -> None:
        line = json.dumps({"command": command, **parameters})
        self.page.evaluate("(line) => void window.command(line)", line)

    def next_event(self) -> dict[str, Any]:
        line = self.page.evaluate("(limit) => window.nextEvent(limit)", LIMIT_SECONDS * 1000)
        assert line is not None, f"nothing happened for {LIMIT_SECONDS} s; the browser complained of {self.complaints}"
        event: dict[str, Any] = json.loads(line)
        return event
