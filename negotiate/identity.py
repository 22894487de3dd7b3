"""Identity: who negotiates, as the providers named in NEGOTIATE_AUTH know it; never as the caller claims it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import azure.functions as func

from http_api.errors import RequestRefusedError
from negotiate.easyauth import easyauth_user_id
from shared.settings import BearerTokens, Settings


@dataclass(frozen=True)
class Identity:
    """Who a client is: its user id, or None for a client without one, and claims for its client token."""

    user_id: str | None
    claims: Mapping[str, Any] = field(default_factory=dict)


Provider = Callable[[func.HttpRequest, Settings], Identity | None]


def identify(request: func.HttpRequest, settings: Settings) -> Identity:
    """The answer of the first provider of NEGOTIATE_AUTH that knows the caller.

    Raises RequestRefusedError: 401 when none does, or for a bearer token that does not hold.
    """
    return _first(settings.negotiate_auth, request, settings)


def identify_user(request: func.HttpRequest, settings: Settings) -> str:
    """The caller's user id, from the providers that know people; raises RequestRefusedError 401 when none does."""
    identity = _first([name for name in settings.negotiate_auth if name not in ANONYMOUS], request, settings)
    return identity.user_id or ""


def _first(names: Any, request: func.HttpRequest, settings: Settings) -> Identity:
    for name in names:
        if identity := PROVIDERS[name](request, settings):
            return identity
    asked = ", ".join(names) or "none that knows users"
    message = f"No identity: none of the providers in NEGOTIATE_AUTH ({asked}) knows the caller."
    raise RequestRefusedError(401, "Unauthorized", message, headers={"WWW-Authenticate": "Bearer"})


def easyauth(request: func.HttpRequest, settings: Settings) -> Identity | None:
    """The user that App Service authentication has signed in."""
    user_id = easyauth_user_id(request, settings)
    return Identity(user_id) if user_id else None


def bearer(request: func.HttpRequest, settings: Settings) -> Identity | None:
    """The user of the token in `Authorization`; a token that does not hold is refused, not passed over."""
    # Only here, since cold starts pay for every import, and most apps take no bearer tokens.
    from http_api.bearer import bearer_claims

    claims = bearer_claims(request, settings)
    if claims is None or settings.bearer is None:
        return None
    user_id = claims.get(settings.bearer.user_claim)
    if not isinstance(user_id, str) or not user_id:
        message = f"The bearer token has no claim {settings.bearer.user_claim} (BEARER_USER_CLAIM) that names its user."
        raise RequestRefusedError(401, "InvalidToken", message, headers={"WWW-Authenticate": "Bearer"})
    return Identity(user_id, _forwarded(claims, settings.bearer))


def _forwarded(claims: Mapping[str, Any], expected: BearerTokens) -> dict[str, Any]:
    return {name: claims[name] for name in expected.claims if name in claims}


def function_key(request: func.HttpRequest, settings: Settings) -> Identity | None:  # noqa: ARG001 - a provider's shape
    """Nobody here: who has a function key says the user in a function of its own, `negotiate_user`."""
    return None


def anonymous(request: func.HttpRequest, settings: Settings) -> Identity | None:  # noqa: ARG001 - as above
    """Anybody, without a user id."""
    return Identity(None)


def anonymous_id(request: func.HttpRequest, settings: Settings) -> Identity | None:  # noqa: ARG001 - as above
    """Anybody, with a user id that is made here, at random, for this one connection."""
    return Identity(f"anonymous-{uuid.uuid4()}")


def development(request: func.HttpRequest, settings: Settings) -> Identity | None:
    """The user named in `?user=`, so that one person can play several; only on a developer's machine."""
    user_id = request.params.get("user") if settings.development else None
    return Identity(user_id) if user_id else None


PROVIDERS: Mapping[str, Provider] = {
    "easyauth": easyauth,
    "bearer": bearer,
    "function-key": function_key,
    "anonymous": anonymous,
    "anonymous-id": anonymous_id,
    "development": development,
}
ANONYMOUS = {"anonymous", "anonymous-id"}
