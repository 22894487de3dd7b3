"""Starlette on uvicorn: awaits `send_text` for every client, as its documentation shows."""

from __future__ import annotations

import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.peers.serving import serve

clients: set[WebSocket] = set()


async def connect(client: WebSocket) -> None:
    await client.accept()
    clients.add(client)
    try:
        while True:
            await client.receive()
    except (WebSocketDisconnect, RuntimeError):
        clients.discard(client)


async def broadcast(request: Request) -> Response:
    message = await request.json()
    record = json.dumps({"type": 1, **message}, separators=(",", ":")) + "\x1e"
    for client in list(clients):
        await client.send_text(record)
    return Response(status_code=202)


async def broadcast_bytes(request: Request) -> Response:
    record = await request.body()
    for client in list(clients):
        await client.send_bytes(record)
    return Response(status_code=202)


if __name__ == "__main__":
    serve(
        Starlette(
            routes=[
                WebSocketRoute("/ws", connect),
                Route("/broadcast", broadcast, methods=["POST"]),
                Route("/broadcast-bytes", broadcast_bytes, methods=["POST"]),
            ]
        )
    )
