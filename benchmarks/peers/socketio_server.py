"""python-socketio on uvicorn: `emit` to everybody."""

from __future__ import annotations

import json
from typing import Any

import socketio

from benchmarks.peers.serving import serve

server = socketio.AsyncServer(async_mode="asgi", ping_interval=15, ping_timeout=20, http_compression=False)


async def broadcast(scope: Any, receive: Any, send: Any) -> None:
    """A plain ASGI app beside Socket.IO."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        event = await receive()
        body, more = body + event.get("body", b""), event.get("more_body", False)
    message = json.loads(body)
    await server.emit(message["target"], message["arguments"][0])
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    serve(socketio.ASGIApp(server, other_asgi_app=broadcast))
