"""Roles: whether a caller's token grants what it asks for, where SEND_ROLES demands one besides the function key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import azure.functions as func

from http_api.errors import RequestRefusedError
from shared.settings import current_settings

# For what asks for the grant of each of its parts itself.
ANY = "any"


def require_grant(request: func.HttpRequest, grant: str, hub: str) -> None:
    """Raises RequestRefusedError: 401 without a valid token, 403 naming what its roles do not grant."""
    settings = current_settings()
    if not settings.send_roles:
        return
    # Only here, since cold starts pay for every import, and most apps take no bearer tokens.
    from http_api.bearer import bearer_claims

    claims = bearer_claims(request, settings)
    if claims is None:
        message = "SEND_ROLES is on: besides the function key, send Authorization: Bearer with a token."
        raise RequestRefusedError(401, "Unauthorized", message, headers={"WWW-Authenticate": "Bearer"})
    held = roles_of(claims)
    fitting = [role for role in settings.send_roles if grant in {ANY, *role.grants} and role.hub in {None, hub}]
    if held.isdisjoint(role.role for role in fitting):
        named = ", ".join(role.role for role in fitting) or "none that SEND_ROLES knows"
        message = f"The token does not grant '{grant}' on the hub '{hub}': in roles or scp it needs one of: {named}."
        raise RequestRefusedError(403, "GrantMissing", message)


def roles_of(claims: Mapping[str, Any]) -> set[str]:
    """The roles in `roles` (a list, or one text) and the scopes in `scp` (one text, separated by spaces)."""
    found: set[str] = set()
    for name in ("roles", "scp"):
        value = claims.get(name)
        if isinstance(value, str):
            found.update(value.split())
        elif isinstance(value, list):
            found.update(item for item in value if isinstance(item, str))
    return found
