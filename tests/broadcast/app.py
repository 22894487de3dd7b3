"""The function app in a test: its settings, and calls of its functions as the host makes them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import azure.functions as func
import pytest

from shared import service
from shared.settings import OWN_SETTINGS, PLATFORM_CREDENTIALS, PLATFORM_ORIGINS, SITE_NAME, current_settings

ACCESS_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"
SERVICE = "https://chat.service.signalr.net"
SETTINGS = (
    *sorted(OWN_SETTINGS),
    *(PLATFORM_ORIGINS, PLATFORM_CREDENTIALS, SITE_NAME),
    "WEBSITE_AUTH_ENABLED",
    "AZURE_FUNCTIONS_ENVIRONMENT",
)

# The app reads its settings when it is imported, and does not start with wrong ones.
with pytest.MonkeyPatch.context() as _environment:
    for _name in SETTINGS:
        _environment.delenv(_name, raising=False)
    _environment.setenv("AzureSignalRConnectionString", f"Endpoint={SERVICE};AccessKey={ACCESS_KEY};")
    import function_app
current_settings.cache_clear()

APIS = function_app.apis

Configure = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Run the app with these settings and no others, as if its process had just started."""

    def start_with(endpoint: str | None = SERVICE, **settings: str) -> None:
        _forget()
        settings.setdefault("SIGNALR_HUBS", "*")
        for name in SETTINGS:
            monkeypatch.delenv(name, raising=False)
        if endpoint:
            settings.setdefault("AzureSignalRConnectionString", f"Endpoint={endpoint};AccessKey={ACCESS_KEY};")
        for name, value in settings.items():
            monkeypatch.setenv(name, value)

    yield start_with
    _forget()


def _forget() -> None:
    if service._first_client.cache_info().currsize:
        service._first_client().close()
    service._first_client.cache_clear()
    service.service_client.cache_clear()
    current_settings.cache_clear()


def call(method: str, target: str, body: Any = b"", *, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """Call the function that the host chooses for `PUT /api/hubs/chat/…?ttl=5`, with what the host hands it.

    Values of the route come decoded but for `%2F`, repeated query keys joined with commas, empty ones dropped.
    A body that is not bytes is sent as JSON.
    """
    url = urlsplit(target)
    if not isinstance(body, bytes):
        body, headers = json.dumps(body).encode(), {"content-type": "application/json", **(headers or {})}
    query: dict[str, str] = {}
    for name, value in parse_qsl(url.query):
        query[name] = f"{query[name]},{value}" if name in query else value
    function, route_params = _chosen(method, url.path)
    response = function(
        func.HttpRequest(
            method=method,
            url=f"http://localhost:7071{target}",
            headers=headers or {},
            params=query,
            route_params=route_params,
            body=body,
        )
    )
    assert isinstance(response, func.HttpResponse)
    return response


def error(response: func.HttpResponse) -> tuple[int, str, str]:
    """Status, code and message of an error, after a look at its shape."""
    assert response.mimetype == "application/json"
    document = json.loads(response.get_body())
    assert list(document) == ["error"]
    assert list(document["error"]) == ["code", "message"]
    return response.status_code, document["error"]["code"], document["error"]["message"]


def segment(name: str) -> str:
    return quote(name, safe="")


@cache
def functions() -> tuple[Any, ...]:
    """All functions, in the order in which the host tries them; they are listed once, the app refuses a second time."""
    function_app.app.functions_bindings = {}
    listed = sorted(function_app.app.get_functions(), key=lambda function: str(function.get_function_name()).lower())
    function_app.app.functions_bindings = {}
    return tuple(listed)


def triggers() -> dict[str, dict[str, Any]]:
    """Name of the function → its httpTrigger binding, as the host reads it."""
    return {function.get_function_name(): function.get_trigger().get_dict_repr() for function in functions()}


def _chosen(method: str, path: str) -> tuple[Callable[[func.HttpRequest], Any], dict[str, str]]:
    for function in functions():
        trigger = function.get_trigger()
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", f"/api/{trigger.route}")
        found = re.fullmatch(pattern, path, re.IGNORECASE)
        if found and method in {str(offered) for offered in trigger.methods}:
            return function, {name: _decoded(value) for name, value in found.groupdict().items()}
    raise LookupError(f"no function for {method} {path}")


def _decoded(value: str) -> str:
    return unquote(re.sub("%(2f)", r"%25\1", value, flags=re.IGNORECASE))
