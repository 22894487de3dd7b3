"""The REST API on aiohttp: one way to read, authorise, run and answer every operation of the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from emulator.authorization import Authorizer
from emulator.rest import payload
from emulator.rest.call import Call, check_path, read_ttl
from emulator.rest.operations import VERSION_1, Operation
from emulator.service import Service

Endpoint = Callable[[web.Request], Awaitable[web.Response]]


def routes(service: Service, authorizer: Authorizer) -> list[web.RouteDef]:
    """Every operation and the health check, as routes."""
    found = [web.get("/api/v1/health", _health)]
    for operation in VERSION_1:
        endpoint = _endpoint(operation, service, authorizer)
        found += [web.route(method, operation.path, endpoint) for method in operation.methods]
    return found


async def _health(_: web.Request) -> web.Response:
    # The service answers its SDKs' probes, which carry no token.
    return web.Response()


def _endpoint(operation: Operation, service: Service, authorizer: Authorizer) -> Endpoint:
    async def endpoint(request: web.Request) -> web.Response:
        authorizer.rest(request, operation.action)
        operation.run(await _read(request, operation, service))
        return web.Response(status=operation.status)

    return endpoint


async def _read(request: web.Request, operation: Operation, service: Service) -> Call:
    path = check_path(request.match_info)
    query = request.query
    message = None
    if operation.takes_message:
        message = payload.read(request.content_type, await request.read())
    return Call(
        hub=service.hub(path["hub"]),
        path=path,
        excluded=frozenset(query.getall("excluded", ())),
        reason=query.get("reason"),
        ttl=read_ttl(query.get("ttl")),
        message=message,
        now=service.clock(),
    )
