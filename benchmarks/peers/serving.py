"""What the peers in Python share: a free port, and the line that says they listen."""

from __future__ import annotations

import socket
from typing import Any


def listen() -> tuple[socket.socket, str]:
    """A listening socket on a free port and its address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def serve(app: Any) -> None:
    """Serve an ASGI app with uvicorn, without logs and without compression, as all contestants do."""
    import uvicorn

    listener, address = listen()
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        ws_per_message_deflate=False,
        ws_ping_interval=15,
        timeout_keep_alive=75,
        backlog=4096,
    )
    print(f"Now listening on: {address}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
