"""EasyAuth: the user that App Service authentication has signed in, by the headers that it puts on every request."""

from __future__ import annotations

import base64
import json
import logging
from functools import cache

import azure.functions as func

from shared.settings import Settings

logger = logging.getLogger(__name__)

# The claims in which App Service authentication passes on the id that the identity provider gave the user.
USER_ID_CLAIMS = ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier", "sub")


def easyauth_user_id(request: func.HttpRequest, settings: Settings) -> str | None:
    """The user id, or the claim that EASYAUTH_USER_CLAIM names; None where nobody is signed in.

    The platform overwrites these headers only where it is switched on; elsewhere anybody can send them.
    """
    headers = request.headers
    if not settings.website_auth_enabled:
        if "x-ms-client-principal-id" in headers or "x-ms-client-principal" in headers:
            _log_ignored_headers()
        return None
    principal = headers.get("x-ms-client-principal", "")
    if settings.easyauth_user_claim:
        return _claim(principal, (settings.easyauth_user_claim,))
    return headers.get("x-ms-client-principal-id") or _claim(principal, USER_ID_CLAIMS)


def _claim(principal: str, names: tuple[str, ...]) -> str | None:
    """The first of these claims in X-MS-CLIENT-PRINCIPAL: base64 of `{"claims": [{"typ", "val"}]}`."""
    try:
        claims = {claim["typ"]: claim["val"] for claim in json.loads(base64.b64decode(principal))["claims"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    found = (claims.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), None)


@cache
def _log_ignored_headers() -> None:
    """Once per process, since anybody can send these headers as often as they like."""
    logger.warning(
        "Ignored X-MS-CLIENT-PRINCIPAL headers: App Service authentication is off (WEBSITE_AUTH_ENABLED is not true), "
        "so anybody can have sent them."
    )
