"""Identity: who negotiates, as the providers named in NEGOTIATE_AUTH know it; never as the caller claims it."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import azure.functions as func

from broadcast.errors import RequestRefusedError
from shared.errors import InvalidSettingsError
from shared.settings import Settings

logger = logging.getLogger(__name__)

# The claims in which App Service authentication passes on the id that the identity provider gave the user.
USER_ID_CLAIMS = ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier", "sub")


@dataclass(frozen=True)
class Identity:
    """Who a client is: its user id, or None for a client without one."""

    user_id: str | None


Provider = Callable[[func.HttpRequest, Settings], Identity | None]


def identify(request: func.HttpRequest, settings: Settings) -> Identity:
    """The answer of the first provider of NEGOTIATE_AUTH that knows the caller.

    Raises RequestRefusedError 401 when none does, and InvalidSettingsError for a provider that is not allowed here.
    """
    for provider in _providers(settings):
        if identity := provider(request, settings):
            return identity
    asked = ", ".join(settings.negotiate_auth)
    message = f"No identity: none of the providers in NEGOTIATE_AUTH ({asked}) knows the caller."
    raise RequestRefusedError(401, "Unauthorized", message, headers={"WWW-Authenticate": "Bearer"})


def easyauth(request: func.HttpRequest, settings: Settings) -> Identity | None:
    """The user that App Service authentication has signed in, by the headers that it puts on every request.

    The platform overwrites these headers only where it is switched on; elsewhere anybody can send them.
    """
    headers = request.headers
    if not settings.website_auth_enabled:
        if "x-ms-client-principal-id" in headers or "x-ms-client-principal" in headers:
            _log_ignored_headers()
        return None
    user_id = headers.get("x-ms-client-principal-id") or _user_id_claim(headers.get("x-ms-client-principal", ""))
    return Identity(user_id) if user_id else None


def anonymous(request: func.HttpRequest, settings: Settings) -> Identity | None:  # noqa: ARG001 - a provider's shape
    """Anybody, without a user id."""
    return Identity(None)


def development(request: func.HttpRequest, settings: Settings) -> Identity | None:  # noqa: ARG001 - as above
    """The user named in `?user=`, so that one person can play several; only on a developer's machine."""
    user_id = request.params.get("user")
    return Identity(user_id) if user_id else None


PROVIDERS: Mapping[str, Provider] = {"easyauth": easyauth, "anonymous": anonymous, "development": development}


def _providers(settings: Settings) -> list[Provider]:
    """The providers in their order; all of them are judged before any is asked."""
    if "development" in settings.negotiate_auth and not settings.development:
        raise InvalidSettingsError(
            "NEGOTIATE_AUTH",
            "names the provider 'development', which lets callers choose their user id; it is refused unless "
            "AZURE_FUNCTIONS_ENVIRONMENT is Development, so use easyauth or anonymous here",
        )
    return [PROVIDERS[name] for name in settings.negotiate_auth]


def _user_id_claim(principal: str) -> str | None:
    """The user id among the claims of X-MS-CLIENT-PRINCIPAL: base64 of `{"claims": [{"typ", "val"}]}`."""
    try:
        claims = {claim["typ"]: claim["val"] for claim in json.loads(base64.b64decode(principal))["claims"]}
    except (ValueError, KeyError, TypeError):
        return None
    found = (claims.get(name) for name in USER_ID_CLAIMS)
    return next((value for value in found if isinstance(value, str) and value), None)


@cache
def _log_ignored_headers() -> None:
    """Once per process, since anybody can send these headers as often as they like."""
    logger.warning(
        "Ignored X-MS-CLIENT-PRINCIPAL headers: App Service authentication is off (WEBSITE_AUTH_ENABLED is not true), "
        "so anybody can have sent them."
    )
