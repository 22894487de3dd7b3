"""Where a request carries its access token, and which audience the token must be for."""

from __future__ import annotations

from aiohttp import hdrs, web

from emulator.audience import Audience
from emulator.errors import InvalidRequestError


def bearer_token(request: web.Request) -> str | None:
    """The token of the `Authorization` header."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def client_token(request: web.Request) -> str | None:
    """A client's token: browsers cannot set headers on WebSockets and EventSource, so there the query serves too."""
    if hdrs.AUTHORIZATION in request.headers or not _is_stream(request):
        return bearer_token(request)
    tokens = request.query.getall("access_token", [])
    return tokens[-1] if tokens else None


def _is_stream(request: web.Request) -> bool:
    upgrade = request.headers.get(hdrs.UPGRADE, "").lower()
    return upgrade == "websocket" or "text/event-stream" in request.headers.get(hdrs.ACCEPT, "")


def rest_audience(request: web.Request) -> Audience:
    return _audience(request, request.rel_url.raw_path)


def client_audience(request: web.Request, hub: str) -> Audience:
    return _audience(request, "/client", hub)


def _audience(request: web.Request, path: str, hub: str | None = None) -> Audience:
    try:
        url = request.url  # scheme, host and port as the caller wrote them in the Host header
    except ValueError as error:
        raise InvalidRequestError("Host", f"the header is no host with an optional port: {error}.") from error
    return Audience(request.scheme, url.host or "", url.port or 80, path, hub)
