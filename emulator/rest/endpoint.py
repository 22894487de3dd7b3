"""The REST API on aiohttp: one way to authorise, read, run and answer every operation of the tables."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import hdrs, web

from emulator import names
from emulator.authorization import Authorizer
from emulator.rest import dated_versions, version_1, versions
from emulator.rest.body import Body
from emulator.rest.call import Call
from emulator.rest.operation import Operation
from emulator.rest.query import Query
from emulator.service import Service

Endpoint = Callable[[web.Request], Awaitable[web.Response]]


def routes(service: Service, authorizer: Authorizer) -> list[web.RouteDef]:
    """Every operation and the health checks, as routes."""
    found = [
        *_routes(("GET", "HEAD"), version_1.PREFIX + "/health", _health),
        *_routes(("GET", "HEAD"), dated_versions.PREFIX + "/health", _dated_health(service)),
    ]
    for table in (version_1, dated_versions):
        for operation in table.OPERATIONS:
            endpoint = _endpoint(operation, service, authorizer)
            for path in operation.paths:
                found += _routes(operation.methods, table.PREFIX + path, endpoint)
    return found


def _routes(methods: tuple[str, ...], path: str, endpoint: Endpoint) -> list[web.RouteDef]:
    # A parameter is any one segment of the path as it was sent: %2F does not end it, and braces may stand in it.
    pattern = path.replace("}", ":[^/]+}")
    options = {"allow_head": False}
    return [web.RouteDef(method, pattern, endpoint, options if method == hdrs.METH_GET else {}) for method in methods]


async def _health(_: web.Request) -> web.Response:
    # The service answers its SDKs' probes, which carry no token.
    return web.Response()


def _dated_health(service: Service) -> Endpoint:
    async def endpoint(request: web.Request) -> web.Response:
        _check_version(Query(request.query.items()), service, versions.FIRST)
        return web.Response()

    return endpoint


def _endpoint(operation: Operation, service: Service, authorizer: Authorizer) -> Endpoint:
    async def endpoint(request: web.Request) -> web.Response:
        authorizer.rest(request, operation.action)
        result = operation.run(await _read(request, operation, service))
        return _answer(operation, await result if inspect.isawaitable(result) else result)

    return endpoint


async def _read(request: web.Request, operation: Operation, service: Service) -> Call:
    query = Query(request.query.items())
    if operation.since:
        _check_version(query, service, operation.since)
    path = {name: names.utf8(value, name) for name, value in request.match_info.items()}
    hub = names.hub(path["hub"])
    application = query.one("application") if operation.since else None
    if application is not None:
        hub = f"{names.hub(application, 'application')}_{hub}"
    data = await request.read() if operation.takes_body else b""
    return Call(
        service=service,
        hub=service.hub(hub),
        url=request.url,
        path=path,
        query=query,
        body=Body(request.headers.get(hdrs.CONTENT_TYPE, ""), data),
    )


def _check_version(query: Query, service: Service, since: str) -> None:
    if not service.options.loose:  # Microsoft's own emulator does not look at it
        versions.read(query, since)


def _answer(operation: Operation, result: Any) -> web.Response:
    body = operation.body if result is None else msgspec.json.encode(result)
    if not body:
        return web.Response(status=operation.status)
    return web.Response(status=operation.status, body=body, content_type="application/json")
