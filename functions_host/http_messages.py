"""HTTP messages: from what came over the wire to what a function gets, and from what it answers to the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from wsgiref.util import is_hop_by_hop

from werkzeug.wrappers import Request, Response

from functions_host.errors import FunctionFailedError
from functions_host.functions import HttpRequest, HttpResponse

# The key in the WSGI environment under which the server keeps the headers as they came, for WSGI's own lose some.
HEADERS_AS_SENT = "functions_host.headers"

# App Service authentication sets these on Azure; a caller who could set them itself would be whoever it likes.
_PLATFORM_HEADERS = ("x-ms-client-principal", "x-ms-token-")


class EmptyResponse(Response):
    """A response that says nothing it was not told to, such as a content type for no content."""

    default_mimetype = None


def read_request(request: Request, route_values: Mapping[str, str]) -> HttpRequest:
    """What the Azure Functions host would hand to its worker; a chunked body arrives empty there too."""
    body = b"" if "chunked" in request.headers.get("Transfer-Encoding", "").lower() else request.get_data(cache=False)
    return HttpRequest(
        method=request.method,
        url=f"{request.scheme}://{request.host}{raw_target(request)}",
        headers=join_headers(request.environ[HEADERS_AS_SENT]),
        query=join_query(request.args.items(multi=True)),
        route_values=route_values,
        body=body,
    )


def raw_target(request: Request) -> str:
    """Path and query as they were sent, of an absolute request target too."""
    target: str = request.environ["RAW_URI"]
    if target.startswith("/"):
        return target
    _, _, after_scheme = target.partition("://")
    return "/" + after_scheme.partition("/")[2]


def join_headers(sent: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names in lower case, repeated headers joined with commas, headers of App Service authentication left out."""
    joined: dict[str, str] = {}
    for name, value in sent:
        key = name.lower()
        if not key.startswith(_PLATFORM_HEADERS):
            joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def join_query(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Repeated keys, case ignored, joined with commas under their first spelling; empty values dropped."""
    spelling: dict[str, str] = {}
    joined: dict[str, str] = {}
    for name, value in pairs:
        key = spelling.setdefault(name.lower(), name)
        if value:
            joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def make_response(answer: HttpResponse) -> Response:
    """Raises FunctionFailedError where no HTTP response can be made of a function's answer."""
    if not 200 <= answer.status_code <= 599:
        raise FunctionFailedError(f"The function's status code {answer.status_code} is not one of 200 to 599.")
    response = EmptyResponse(answer.body, status=answer.status_code)
    for name, value in answer.headers:
        if not (name + value).isascii():
            raise FunctionFailedError(f"The function's response header '{name}' holds more than ASCII.")
        if name.lower() == "set-cookie":
            response.headers.add(name, value)
        elif not is_hop_by_hop(name) and name.lower() != "content-length":
            response.headers[name] = value
    return response
