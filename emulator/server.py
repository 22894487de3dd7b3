"""The emulator as a server: the service behind aiohttp, its outbox and its clock driven by the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from aiohttp import web

from emulator import control, cors, demo, refusals
from emulator.authorization import Authorizer
from emulator.client.endpoint import ClientEndpoint
from emulator.options import Options
from emulator.outbox import Outbox
from emulator.rest import endpoint as rest
from emulator.rest.payload import LIMIT_BYTES
from emulator.service import Service
from emulator.tokens import TokenValidator

HEADER_LIMIT_BYTES = 16 * 1024
TICK_SECONDS = 1.0
STOP_SECONDS = 5


def make_app(options: Options) -> web.Application:
    """The web application of one emulator; to be made inside a running event loop."""
    loop = asyncio.get_running_loop()

    def flush() -> None:
        outbox.flush(time.time())

    def flush_at_the_end_of_this_turn() -> None:
        loop.call_soon(flush)

    outbox = Outbox(wake=flush_at_the_end_of_this_turn)
    service = Service(options, outbox, time.time)
    authorizer = Authorizer(TokenValidator(options.access_keys, skew=options.clock_skew, clock=time.time))
    app = web.Application(client_max_size=LIMIT_BYTES, middlewares=[cors.answer_preflight, refusals.answer_refusals])
    app.on_response_prepare.append(cors.add_headers)
    app.add_routes(
        [
            *rest.routes(service, authorizer),
            *ClientEndpoint(service, authorizer).routes(),
            *control.routes(service),
            *demo.routes(),
        ]
    )
    app.cleanup_ctx.append(lambda _: _ticking(service))

    async def close_clients(_: web.Application) -> None:
        service.close_all()
        flush()

    app.on_shutdown.append(close_clients)
    return app


async def _ticking(service: Service) -> AsyncIterator[None]:
    async def tick() -> None:
        while True:
            await asyncio.sleep(min(TICK_SECONDS, service.options.keep_alive_interval / 2))
            service.tick()

    task = asyncio.create_task(tick())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def start(options: Options) -> tuple[web.AppRunner, int]:
    """Listen; returns the runner, to be cleaned up at the end, and the port. Raises OSError where it is taken."""
    runner = web.AppRunner(
        make_app(options),
        access_log=None,  # it would log query strings, and with them clients' tokens
        max_line_size=HEADER_LIMIT_BYTES,
        max_field_size=HEADER_LIMIT_BYTES,
        shutdown_timeout=STOP_SECONDS,
        handler_cancellation=True,  # so that a stream or a poll whose client is gone ends at once
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.host, options.port)
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, runner.addresses[0][1]
