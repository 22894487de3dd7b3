"""The server: a threaded HTTP/1.1 server with keep-alive around one WSGI application, quiet about its requests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from wsgiref.handlers import SimpleHandler

from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wsgi import LimitedStream

from functions_host.errors import SettingsError
from functions_host.http_messages import HEADERS_AS_SENT

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# How much of a refused body is read, so that its sender sees the answer and not a broken connection.
DRAIN_LIMIT_BYTES = 256 * 1024 * 1024
_DRAIN_PIECE_BYTES = 64 * 1024


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises SettingsError, naming the option at fault."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128
        )
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(
            f"Port {port} at {host} cannot be used: {reason}. Choose another with --port (or --host)."
        ) from error


class Server(ThreadedWSGIServer):
    """Serves an application on a socket that listens already, one thread per connection."""

    def __init__(self, listener: socket.socket, application: WSGIApplication) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, application, _RequestHandler, fd=listener.fileno())
        listener.close()
        self._idle = threading.Condition()
        self._in_flight = 0

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait for the requests that are being answered; False when some still are after that time."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._in_flight, seconds)

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self._idle:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._idle:
                self._in_flight -= 1
                self._idle.notify_all()


class _RequestHandler(WSGIRequestHandler):
    """Werkzeug's handler, but for its habit of closing the connection after every response."""

    protocol_version = "HTTP/1.1"
    # As long as Kestrel, the Azure Functions host's server, keeps an idle connection.
    timeout = 130
    # Head and body leave in one write where they fit, and none of them waits for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        lengths = self.headers.get_all("Content-Length", [])
        if len(lengths) > 1 or not all(length.isascii() and length.isdigit() for length in lengths):
            self.send_error(400)
            return
        environ = self.environ = self.make_environ()
        environ[HEADERS_AS_SENT] = self.headers.items()
        body = environ["wsgi.input"]
        if not environ.get("wsgi.input_terminated"):
            body = LimitedStream(cast(BinaryIO, self.rfile), int(lengths[0]) if lengths else 0)
            environ["wsgi.input_terminated"] = True
        with cast(Server, self.server).answering():
            _ResponseWriter(body, cast(BinaryIO, self.wfile), environ["wsgi.errors"], environ).run(self.server.app)
            self.wfile.flush()
        if not _drained(body):
            self.close_connection = True

    def handle_expect_100(self) -> bool:
        done = super().handle_expect_100()
        self.wfile.flush()
        return done

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name is werkzeug's
        """Say nothing: a request line may hold a key, and the console shows the invocations."""


class _ResponseWriter(SimpleHandler):
    http_version = "1.1"
    os_environ: dict[str, str] = {}  # noqa: RUF012 - the name is wsgiref's; the request's environment replaces it

    def finish_content(self) -> None:
        # The application has set Content-Length wherever it is due; wsgiref would add one to 204 and to HEAD.
        if not self.headers_sent:  # type: ignore[attr-defined]  # typeshed does not know it
            self.send_headers()


def _drained(body: BinaryIO) -> bool:
    """Read what the application left of a body, since the next request begins behind it."""
    try:
        for _ in range(0, DRAIN_LIMIT_BYTES, _DRAIN_PIECE_BYTES):
            if not body.read(_DRAIN_PIECE_BYTES):
                return True
    except (OSError, ClientDisconnected):
        pass
    return False
