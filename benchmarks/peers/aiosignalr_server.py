"""aiosignalr's server on aiohttp, its own default: `send_all` of its hub."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiosignalr.server import Hub, ServerOptions, SignalRServer

from benchmarks.peers.serving import listen


async def main() -> None:
    server = SignalRServer(Hub, options=ServerOptions(client_timeout_interval=900))

    async def broadcast(request: web.Request) -> web.Response:
        message = await request.json()
        await server.lifetime.send_all(message["target"], tuple(message["arguments"]))
        return web.Response(status=202)

    app = server.create_application()
    app.router.add_post("/broadcast", broadcast)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listener, address = listen()
    await web.SockSite(runner, listener, backlog=4096).start()
    print(f"Now listening on: {address}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
