"""The emulator's own endpoints for tests and tools on this machine: `/emulator/state` and `/emulator/reset`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import hdrs, web

from emulator.errors import PlainRefusalError
from emulator.loopback import is_loopback
from emulator.service import Service


def routes(service: Service) -> list[web.RouteDef]:
    return [
        web.get("/emulator/state", _local(lambda: _state(service))),
        web.post("/emulator/reset", _local(lambda: _reset(service))),
    ]


def _state(service: Service) -> web.Response:
    return web.Response(body=msgspec.json.encode(service.state()), content_type="application/json")


def _reset(service: Service) -> web.Response:
    service.reset()
    return web.Response(status=204)


def _local(answer: Callable[[], web.Response]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Only callers on this machine, and no page of another origin in a browser on it, which could reach us too.

    A page of another host whose name was made to lead here says that name in `Host`.
    """

    async def handler(request: web.Request) -> web.Response:
        if not is_loopback(request.remote or "") or not _names_this_machine(request):
            raise PlainRefusalError(403, "This is for callers on the emulator's own machine.")
        return answer()

    return handler


def _names_this_machine(request: web.Request) -> bool:
    own = f"{request.scheme}://{request.host}"
    try:
        return is_loopback(request.url.host or "") and request.headers.get(hdrs.ORIGIN, own) == own
    except ValueError:  # the header is no host
        return False
