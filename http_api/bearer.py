"""Bearer tokens: JWTs of an identity provider, checked before anything in them is believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import azure.functions as func
import jwt

from http_api.errors import RequestRefusedError
from http_api.signing_keys import KeysUnavailableError, SigningKeys, UnknownKeyError
from shared.settings import BearerTokens, Settings

# Only algorithms with a public key: with one of HMAC in the list, a token could be signed with that public key.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
SKEW_SECONDS = 60
LONGEST_TOKEN = 16_384

_BEARER = re.compile(r"Bearer +(?P<token>[A-Za-z0-9\-._~+/]+=*) *", re.IGNORECASE)

Claims = Mapping[str, Any]


def bearer_claims(request: func.HttpRequest, settings: Settings) -> Claims | None:
    """The claims of the valid token in `Authorization`, or None where there is no bearer token.

    Raises RequestRefusedError: 401 for a token that does not hold, saying why, and 503 where its keys cannot be had.
    """
    authorization = request.headers.get("authorization", "")
    if settings.bearer is None or not authorization.lower().startswith("bearer"):
        return None
    found = _BEARER.fullmatch(authorization) if len(authorization) <= LONGEST_TOKEN else None
    if found is None:
        raise _refused(f"it is no token, or longer than {LONGEST_TOKEN:,} characters")
    return validated(found["token"], settings.bearer, _keys(settings.bearer))


def validated(token: str, expected: BearerTokens, keys: SigningKeys) -> Claims:
    """The claims of a token whose signature, issuer, audience and times hold."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise _refused(f"its algorithm is not one of {', '.join(ALGORITHMS)}")
        if not isinstance(key_id, str):
            raise _refused("it does not name its key (kid)")
        claims: Claims = jwt.decode(
            token,
            keys.key(key_id),
            algorithms=[algorithm],
            audience=list(expected.audiences),
            issuer=expected.issuer,
            leeway=SKEW_SECONDS,
            options={"require": ["exp", "iss", "aud"]},
        )
    except KeysUnavailableError as error:
        message = "The identity provider's keys could not be fetched, so no token can be checked; try again later."
        raise RequestRefusedError(503, "KeysUnavailable", message, headers={"Retry-After": "5"}) from error
    except UnknownKeyError as error:
        raise _refused("the identity provider has no such key") from error
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise _refused(_reason(error)) from error
    return claims


# jwt's own sentences can repeat what the token holds.
_REASONS: Mapping[type[Exception], str] = {
    jwt.ExpiredSignatureError: "it has expired",
    jwt.ImmatureSignatureError: "it is not valid yet",
    jwt.InvalidAudienceError: "it is for another audience than BEARER_AUDIENCE",
    jwt.InvalidIssuerError: "it is from another issuer than BEARER_ISSUER",
    jwt.InvalidSignatureError: "its signature is wrong",
    jwt.MissingRequiredClaimError: "it lacks one of the claims exp, iss and aud",
}


def _reason(error: Exception) -> str:
    return next((reason for kind, reason in _REASONS.items() if isinstance(error, kind)), "it is malformed")


def _refused(reason: str) -> RequestRefusedError:
    # Only ASCII without quotes may stand in a header; the reasons are written so.
    challenge = f'Bearer error="invalid_token", error_description="{reason}"'
    message = f"The bearer token was refused: {reason}."
    return RequestRefusedError(401, "InvalidToken", message, headers={"WWW-Authenticate": challenge})


@cache
def _keys(expected: BearerTokens) -> SigningKeys:
    return SigningKeys(expected.issuer, expected.jwks_uri)
