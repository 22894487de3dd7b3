"""Access tokens: whether a JWT opens what it is shown for, and if not, which check failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import jwt

from emulator.audience import Audience
from emulator.errors import UnauthorizedError

LONGEST_TOKEN = 4096
ALGORITHMS = ("HS256", "HS512")
# Only the signature is left to the library's own rules: the others are the service's, which differ from the standard's
# (no `nbf`, three spellings of `aud`), and each failure is told with what was expected and what came.
_DECODE_OPTIONS: Any = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}

Claims = Mapping[str, Any]


class TokenValidator:
    """Validates tokens that were signed with one of the access keys (their text as UTF-8).

    `clock` gives seconds since the epoch; `skew` is how many seconds an expired token is still taken.
    """

    def __init__(self, access_keys: Sequence[str], *, skew: float, clock: Callable[[], float]) -> None:
        self._keys = [key.encode() for key in access_keys]
        self._skew = skew
        self._clock = clock

    def validate(self, token: str | None, audience: Audience) -> Claims:
        """The token's claims; raises UnauthorizedError naming the check that failed."""
        if not token:
            raise UnauthorizedError("No access token: send one in 'Authorization: Bearer <token>'.", token_came=False)
        if len(token) > LONGEST_TOKEN:
            raise UnauthorizedError(f"The token is too long: {len(token)} characters, at most {LONGEST_TOKEN} allowed")
        claims = self._verified_claims(token)
        self._check_expiry(claims)
        _check_audience(claims, audience)
        return claims

    def _verified_claims(self, token: str) -> Claims:
        for key in self._keys:
            try:
                claims: Claims = jwt.decode(token, key, algorithms=list(ALGORITHMS), options=_DECODE_OPTIONS)
            except jwt.InvalidSignatureError:
                continue
            except jwt.InvalidAlgorithmError as error:
                raise UnauthorizedError(f"The algorithm is not one of {', '.join(ALGORITHMS)}") from error
            except (jwt.InvalidTokenError, RecursionError, UnicodeError) as error:
                # A header of nested brackets recurses; bytes that are no UTF-8 arrive as lone surrogates.
                raise UnauthorizedError(f"The token is malformed: {error}") from error
            return claims
        raise UnauthorizedError("The signature key was not found: the token is not signed with this access key")

    def _check_expiry(self, claims: Claims) -> None:
        expiry = claims.get("exp")
        if isinstance(expiry, bool) or not isinstance(expiry, int | float):
            raise UnauthorizedError("The token has no expiration time: the claim 'exp' must be a number")
        now = self._clock()
        if not now - self._skew < expiry:
            raise UnauthorizedError(f"The token expired at '{_time(expiry)}'; it is now '{_time(now)}'")


def _check_audience(claims: Claims, audience: Audience) -> None:
    came = claims.get("aud")
    audiences = came if isinstance(came, list) else [came]
    if not audience.accepts(value for value in audiences if isinstance(value, str)):
        raise UnauthorizedError(f"The audience is invalid: expected '{audience}', got '{came}'")


def _time(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def user_id_of(claims: Claims) -> str | None:
    """Who a client token is for: `asrs.s.uid` (SDKs), else `nameid` (REST documentation), else `sub`."""
    for claim in ("asrs.s.uid", "nameid", "sub"):
        if (value := claims.get(claim)) not in (None, ""):
            return str(value)
    return None
