"""The negotiate functions: SignalR clients call them before they connect, with nothing but their identity."""

from __future__ import annotations

from typing import Any

import azure.functions as func

from http_api.api import Api
from http_api.errors import RequestRefusedError
from http_api.origins import check_origin
from http_api.responses import Answer
from negotiate.identity import Identity, identify
from shared import InvalidParameterError
from shared.service import current_settings, service_client

api = Api("Negotiate")

CONNECT = Answer(
    200,
    "Where to connect, and the access token to show there.",
    {
        "type": "object",
        "required": ["url", "accessToken"],
        "properties": {"url": {"type": "string", "format": "uri"}, "accessToken": {"type": "string"}},
        "additionalProperties": False,
    },
    {
        "url": "https://chat.service.signalr.net/client/?hub=chat",
        "accessToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9…",
    },
)
# What the service reads in a client token to send the reasons of errors along.
DETAILED_ERRORS = {"asrs.s.derror": "True"}


@api.function("POST", "negotiate", answer=CONNECT, errors=(401, 403))
def negotiate(request: func.HttpRequest) -> dict[str, Any]:
    """Let a client connect to the default hub; for `withUrl("/api")`."""
    return _connect(_identity(request), current_settings().default_hub)


@api.function("POST", "hubs/{hub}/negotiate", answer=CONNECT, errors=(401, 403))
def negotiate_hub(request: func.HttpRequest, hub: str) -> dict[str, Any]:
    """Let a client connect to a hub; for `withUrl("/api/hubs/<hub>")`.

    Who the client is, the providers of NEGOTIATE_AUTH say. Open to callers without a key: a browser has none to keep.
    """
    return _connect(_identity(request), hub)


@api.function("POST", "hubs/{hub}/users/{user}/negotiate", answer=CONNECT, grant="manage", errors=(403,))
def negotiate_user(request: func.HttpRequest, hub: str, user_id: str) -> dict[str, Any]:  # noqa: ARG001 - every handler's
    """Let a user connect whom a trusted backend names; where NEGOTIATE_AUTH lists `function-key`."""
    if "function-key" not in current_settings().negotiate_auth:
        message = "NEGOTIATE_AUTH does not list function-key, so nobody may negotiate for another user here."
        raise RequestRefusedError(403, "ProviderNotEnabled", message)
    return _connect(Identity(user_id), hub)


def _identity(request: func.HttpRequest) -> Identity:
    settings = current_settings()
    check_origin(request, settings)
    return identify(request, settings)


def _connect(identity: Identity, hub: str) -> dict[str, Any]:
    settings = current_settings()
    claims = {**identity.claims, **(DETAILED_ERRORS if settings.detailed_errors else {})}
    try:
        access = service_client(hub).get_client_access_token(
            user_id=identity.user_id, lifetime=settings.token_lifetime, claims=claims
        )
    except InvalidParameterError as error:
        if error.parameter == "claims" and not identity.claims and identity.user_id:
            raise InvalidParameterError("user", "is too long for a client token (4,096 characters)") from error
        raise
    return {"url": access.url, "accessToken": access.token}
