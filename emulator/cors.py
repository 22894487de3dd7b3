"""CORS: any origin, with credentials, as the service has it by default; the official client sends credentials."""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler


@web.middleware
async def answer_preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a preflight before anything is authorised: browsers send it without a token."""
    if request.method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
        return web.Response(status=204)
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Echo the origin: with credentials a browser accepts no `*`."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return
    headers = response.headers
    headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
    headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
    headers[hdrs.VARY] = hdrs.ORIGIN
    if method := request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD):
        headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = method
        headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "*")
