"""The site: every request's way from CORS and keys to its function, or to the host's own pages."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request, Response

from functions_host.console import logged_invocation, logger
from functions_host.cors import CorsPolicy
from functions_host.errors import FunctionFailedError
from functions_host.functions import HttpFunction, Worker
from functions_host.http_messages import EmptyResponse, make_response, raw_target, read_request
from functions_host.keys import Keys
from functions_host.routes import RESERVED, RouteTable, decode_path

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY_BYTES = 104_857_600

_HOMEPAGE = (
    "<!DOCTYPE html><html lang=en><title>Function app</title>"
    "<h1>The function app is running</h1><p>Its functions are listed where the host was started.</p></html>"
)


class Site:
    """A WSGI application that serves the functions of one app; without keys everybody may call every function."""

    def __init__(self, routes: RouteTable, worker: Worker, *, cors: CorsPolicy, keys: Keys | None = None) -> None:
        self._routes = routes
        self._worker = worker
        self._cors = cors
        self._keys = keys
        self._started = time.monotonic()
        self._id = uuid.uuid4().hex

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        if self._cors.is_preflight(request.method, request.headers):
            response: Response = EmptyResponse(status=204, headers=self._cors.preflight_headers(request.headers))
        else:
            response = self._answer(request)
            response.headers.extend(self._cors.headers(request.headers))
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            return self._dispatch(request)
        except (FunctionFailedError, ClientDisconnected):
            return EmptyResponse(status=500)
        except Exception:
            logger.exception("The host failed at %s %s", request.method, request.path)
            return EmptyResponse(status=500)

    def _dispatch(self, request: Request) -> Response:
        target = raw_target(request)
        path = decode_path(target.partition("?")[0])
        if not target.isascii() or "\0" in path:
            return EmptyResponse(status=400)
        if path.split("/")[1].lower() in RESERVED:
            return self._host_page(request, path)
        found = self._routes.find(request.method, path)
        if found is None:
            home = path == "/" and request.method in {"GET", "HEAD"}
            return Response(_HOMEPAGE, mimetype="text/html") if home else EmptyResponse(status=404)
        return self._call(request, *found)

    def _call(self, request: Request, function: HttpFunction, route_values: dict[str, str]) -> Response:
        if self._keys and not self._keys.admit(function, _key(request)):
            return EmptyResponse(status=401)
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return EmptyResponse(status=413)
        handed_over = read_request(request, route_values)
        invocation_id = str(uuid.uuid4())
        with logged_invocation(function.name, invocation_id):
            return make_response(self._worker.invoke(function, invocation_id, handed_over))

    def _host_page(self, request: Request, path: str) -> Response:
        page = request.method, path.rstrip("/").lower()
        if page in {("GET", "/admin/host/ping"), ("POST", "/admin/host/ping")}:
            return EmptyResponse(status=200)
        if page != ("GET", "/admin/host/status"):
            return EmptyResponse(status=404)
        if self._keys and not self._keys.is_master(_key(request)):
            return EmptyResponse(status=401)
        return self._status()

    def _status(self) -> Response:
        uptime = int((time.monotonic() - self._started) * 1000)
        status = EmptyResponse(mimetype="application/json")
        status.set_data(f'{{"id": "{self._id}", "state": "Running", "processUptime": {uptime}}}')
        return status


def _key(request: Request) -> str | None:
    """The key that the caller gave: the header wins over the query, right or wrong."""
    header = request.headers.get("x-functions-key")
    if header is not None:
        return header
    return next((value for name, value in request.args.items(multi=True) if name.lower() == "code"), None)
