"""Client tokens: the URL and the access token that a client connects to the service with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import quote

from shared.errors import InvalidParameterError
from shared.parameters import checked_id, whole_seconds
from shared.signing import TOKEN_LIMIT

# Claims with a meaning of their own in a JWT; Azure's SDK passes the app's own ones on under this prefix.
_JWT_CLAIMS = frozenset({"aud", "exp", "iat", "nbf", "iss", "actort", "acr", "azp", "c_hash", "jti", "nonce"})
_PREFIX = "asrs.u."
# Each of them is the user id for the service; only the parameter user_id may say who the user is.
_USER_ID_CLAIMS = frozenset(
    {"nameid", "sub", "asrs.s.uid", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"}
)


class TokenSigner(Protocol):
    """What signs client tokens: an access key, or a key that the service lends to an identity."""

    def sign(self, claims: Mapping[str, Any], lifetime: timedelta) -> str: ...


@dataclass(frozen=True, slots=True)
class ClientAccessToken:
    """Where a client connects and the access token it shows there: what negotiate answers."""

    url: str
    token: str = field(repr=False)


def client_url(endpoint: str, hub: str) -> str:
    return f"{endpoint}/client/?hub={quote(hub, safe='')}"


def signed_client_token(
    signer: TokenSigner,
    audience: str,
    *,
    user_id: str | None,
    lifetime: timedelta,
    claims: Mapping[str, Any] | None,
) -> str:
    """Sign a client token; InvalidParameterError where a claim is not allowed or the token gets too long."""
    whole_seconds("lifetime", lifetime, least=1)
    all_claims = _checked_claims(claims) if claims else {}
    if user_id is not None:
        all_claims["nameid"] = checked_id("user_id", user_id)
    token = signer.sign({**all_claims, "aud": audience}, lifetime)
    if len(token) > TOKEN_LIMIT:
        raise _too_long(len(token), all_claims)
    return token


def _checked_claims(claims: Mapping[str, Any]) -> dict[str, Any]:
    return {_checked_name(name): _checked_value(name, value) for name, value in claims.items()}


def _checked_name(name: str) -> str:
    if not isinstance(name, str) or not name:
        raise InvalidParameterError("claims", "must have names that are text and not empty")
    if name in _USER_ID_CLAIMS:
        raise InvalidParameterError("claims", f"must not hold {name}, which is the user id; say it as user_id")
    return _PREFIX + name if name in _JWT_CLAIMS else name


def _checked_value(name: str, value: Any) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        raise InvalidParameterError("claims", f"must hold JSON values, and {name} is none: {exc}") from exc
    return value


def _too_long(length: int, claims: Mapping[str, Any]) -> InvalidParameterError:
    sizes = {name: len(json.dumps({name: value})) for name, value in claims.items()}
    largest = ", ".join(f"{name} {sizes[name]:,}" for name in sorted(sizes, key=lambda name: -sizes[name]))
    return InvalidParameterError(
        "claims",
        f"make a token of {length:,} characters, and the limit is {TOKEN_LIMIT:,}; characters of each: {largest}",
    )
