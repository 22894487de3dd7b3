"""Documentation: the functions that describe the API to programs (OpenAPI) and to people (Swagger UI)."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import azure.functions as func

from http_api.api import Api
from http_api.errors import RequestRefusedError, Respond, answered
from http_api.responses import NO_STORE
from shared.settings import current_settings

# Carries Swagger UI's files; it is looked for and read, never imported.
PACKAGE = "flask_swagger_ui"
TYPES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript", "start.js": "text/javascript"}
PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>HTTP API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="api"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
});
"""
HEADERS = {
    **NO_STORE,
    # Swagger UI writes styles and draws its icons inline; scripts come from here alone.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def documentation(apis: Iterable[Api]) -> Api:
    """The functions that document these APIs; they answer 404 unless API_DOCS is on."""
    operations = [operation for api in apis for operation in api.operations]

    def openapi(request: func.HttpRequest) -> func.HttpResponse:
        """The API as an OpenAPI 3.1 document."""
        # Only here, since cold starts pay for every import.
        from http_api.openapi import openapi_document

        server = urlsplit(request.url).path.rstrip("/").rpartition("/")[0] or "/"
        return _response(json.dumps(openapi_document(operations, server=server)), "application/json")

    def api_docs(request: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - a function's shape
        """The API as a page."""
        _assets()
        return _response(PAGE, "text/html")

    def api_docs_file(request: func.HttpRequest) -> func.HttpResponse:
        """The files of that page."""
        name = request.route_params["file"]
        if name not in TYPES:
            raise _not_found()
        return _response(START if name == "start.js" else (_assets() / name).read_bytes(), TYPES[name])

    documented = Api("Documentation")
    for route, function in {"openapi.json": openapi, "docs": api_docs, "docs/{file}": api_docs_file}.items():
        _register(documented, route, function)
    return documented


def _register(api: Api, route: str, respond: Respond) -> None:
    def function(req: func.HttpRequest) -> func.HttpResponse:
        return answered(respond.__name__, req, partial(_if_on, respond))

    function.__name__, function.__doc__ = respond.__name__, respond.__doc__
    api.blueprint.route(route=route, methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)(function)


def _if_on(respond: Respond, request: func.HttpRequest) -> func.HttpResponse:
    if not current_settings().api_docs:
        raise _not_found()
    return respond(request)


def _not_found() -> RequestRefusedError:
    return RequestRefusedError(404, "NotFound", "There is no such page.")


def _response(body: str | bytes, media_type: str) -> func.HttpResponse:
    return func.HttpResponse(body, status_code=200, headers=HEADERS, mimetype=media_type, charset="utf-8")


def _assets() -> Path:
    """The folder of Swagger UI's files, in a package that is installed locally and, in Azure, only where wanted."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        message = (
            "The page needs Swagger UI: add the line flask-swagger-ui==5.34.0 to requirements.txt and deploy again."
        )
        raise RequestRefusedError(501, "DocsNotInstalled", f"{message} The document itself is at openapi.json.")
    return Path(found.submodule_search_locations[0]) / "dist"
