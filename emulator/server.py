"""The emulator as a server: the service behind aiohttp, its outbox and its clock driven by the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from emulator import control, cors, demo, refusals
from emulator.auth_operations import AuthOperations
from emulator.authorization import make_authorizer
from emulator.client.endpoint import ClientEndpoint
from emulator.entra import identity_header, managed_identity
from emulator.entra.tenant import Tenant
from emulator.issued_keys import IssuedKeys
from emulator.keep_alive import tick_seconds
from emulator.options import Options
from emulator.outbox import Outbox
from emulator.rest import endpoint as rest
from emulator.rest.payload import LIMIT_BYTES
from emulator.service import Service

logger = logging.getLogger("emulator")

HEADER_LIMIT_BYTES = 16 * 1024
# How many may connect in one moment, for the system to hold until each is taken; it may hold fewer.
BACKLOG = 4096
STOP_SECONDS = 5
STOP_POLL_SECONDS = 0.01


def make_app(options: Options, *, clock: Callable[[], float] = time.time) -> web.Application:
    """The web application of one emulator; to be made inside a running event loop.

    `clock` gives seconds since the epoch.
    """
    loop = asyncio.get_running_loop()

    def flush() -> None:
        outbox.flush(clock())

    def flush_at_the_end_of_this_turn() -> None:
        loop.call_later(0, flush)  # not call_soon: a timer comes after the requests that came meanwhile

    outbox = Outbox(wake=flush_at_the_end_of_this_turn)
    service = Service(options, outbox, clock)
    issued_keys = IssuedKeys(clock)
    tenant = Tenant(options.identities, clock) if options.identities else None
    authorizer = make_authorizer(options, issued_keys, tenant, clock)
    app = web.Application(client_max_size=LIMIT_BYTES, middlewares=[cors.answer_preflight, refusals.answer_refusals])
    app.on_response_prepare.append(cors.add_headers)
    app.add_routes(
        [
            *rest.routes(service, authorizer),
            *AuthOperations(authorizer, issued_keys, clock, loose=options.loose).routes(),
            *_identity_routes(tenant, options),
            *ClientEndpoint(service, authorizer).routes(),
            *control.routes(service),
            *demo.routes(),
        ]
    )
    app.cleanup_ctx.append(lambda _: _ticking(service))

    async def close_clients(_: web.Application) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                while True:  # those that open meanwhile are closed as well
                    service.close_all()
                    flush()
                    if not service.has_sockets:
                        break
                    await asyncio.sleep(STOP_POLL_SECONDS)

    app.on_shutdown.append(close_clients)
    return app


def _identity_routes(tenant: Tenant | None, options: Options) -> list[web.RouteDef]:
    if tenant is None:
        return []
    return managed_identity.routes(tenant, options.identity_header or identity_header.new_secret())


async def _ticking(service: Service) -> AsyncIterator[None]:
    async def tick() -> None:
        while True:
            await asyncio.sleep(tick_seconds(service.options))
            try:
                service.tick()
            except Exception:  # a defect must not end the keep-alive of all
                logger.exception("a tick failed")

    task = asyncio.create_task(tick())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def start(options: Options, *, clock: Callable[[], float] = time.time) -> tuple[web.AppRunner, int]:
    """Listen; returns the runner, to be cleaned up at the end, and the port. Raises OSError where it is taken."""
    runner = web.AppRunner(
        make_app(options, clock=clock),
        access_log=None,  # it would log query strings, and with them clients' tokens
        max_line_size=HEADER_LIMIT_BYTES,
        max_field_size=HEADER_LIMIT_BYTES,
        shutdown_timeout=STOP_SECONDS,
        handler_cancellation=True,  # so that a stream or a poll whose client is gone ends at once
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.host, options.port, backlog=BACKLOG)
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, runner.addresses[0][1]
