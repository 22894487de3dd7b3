"""A service endpoint on loopback that goes wrong as a script says, and counts what it has delivered."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from io import BufferedIOBase
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

# What may happen to one request. Those in DELIVERING deliver the message before the trouble begins.
FAULTS = (
    "drop before reading",
    "drop while reading",
    "drop after reading",
    "reset after reading",
    "500",
    "408",
    "429",
    "429 with Retry-After",
    "503",
    "503 with Retry-After",
    "slow",
    "garbage",
    "cut off",
    "endless headers",
)
DELIVERING = {"ok", "drop after reading", "reset after reading", "500", "408", "503", "slow", "garbage", "cut off"} | {
    "endless headers"
}
ANSWERS = {
    "ok": ACCEPTED,
    "500": b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    "408": b"HTTP/1.1 408 Late\r\nContent-Length: 0\r\n\r\n",
    "429": b"HTTP/1.1 429 Busy\r\nContent-Length: 0\r\n\r\n",
    "429 with Retry-After": b"HTTP/1.1 429 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
    "503": b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n",
    "503 with Retry-After": b"HTTP/1.1 503 Away\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
    "garbage": b"\x00\xff this is no HTTP \r\n\r\n",
    "cut off": b"HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nonly",
    "endless headers": b"HTTP/1.1 202 Accepted\r\n" + b"X-Filler: x\r\n" * 200,
}
KEEPS_CONNECTION = {"ok", "500", "408", "429", "429 with Retry-After", "503", "503 with Retry-After"}


class FaultServer:
    """Each request suffers what `next_fault` says, "ok" for nothing; `delivered` counts each message by its argument.

    A slow answer comes when the server ends, and so never in time.
    """

    def __init__(self, next_fault: Callable[[], str]) -> None:
        self.delivered: Counter[str] = Counter()
        self.connections = 0
        self._next_fault = next_fault
        self._counting = threading.Lock()
        self._ending = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FaultServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(service) -> type[StreamRequestHandler]:  # noqa: N805 - `self` is the handler's below
        class Handler(StreamRequestHandler):
            rbufsize = 65_536

            def handle(self) -> None:
                with service._counting:
                    service.connections += 1
                try:
                    # A connection is looked at before a request is read from it, as one that is dropped must be.
                    while service._serve(self.connection, self.rfile):
                        pass
                except OSError:
                    pass

        return Handler

    def _serve(self, connection: socket.socket, incoming: BufferedIOBase) -> bool:
        """Serve one request; False where the connection ends with it."""
        fault = self._next_fault() if incoming.peek(1) else "closed"  # type: ignore[attr-defined]  # buffered
        if fault in {"closed", "drop before reading"}:
            return False
        head, body = _read(incoming)
        if fault == "drop while reading":
            return False
        if fault in DELIVERING:
            self._deliver(head, body)
        if fault == "reset after reading":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if fault == "slow":
            self._ending.wait(30)
        connection.sendall(ANSWERS.get(fault, b""))
        return fault in KEEPS_CONNECTION

    def _deliver(self, head: bytes, body: bytes) -> None:
        message = json.loads(body)["arguments"][0] if body else head.split()[1].decode()
        with self._counting:
            self.delivered[message] += 1


class _Server(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256


def _read(incoming: BufferedIOBase) -> tuple[bytes, bytes]:
    lines = []
    while (line := incoming.readline()) not in {b"\r\n", b""}:
        lines.append(line)
    lengths = [line.split(b":")[1] for line in lines if line.lower().startswith(b"content-length:")]
    return b"".join(lines), incoming.read(int(lengths[0])) if lengths else b""
