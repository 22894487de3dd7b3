"""Access tokens: whether a JWT opens what it is shown for, and if not, which check failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import jwt

from emulator.audience import Audience
from emulator.errors import UnauthorizedError
from emulator.issued_keys import IssuedKeys

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
# A header of nested brackets recurses; bytes that are no UTF-8 arrive as lone surrogates.
_MALFORMED = (jwt.InvalidTokenError, RecursionError, UnicodeError)
_LONGEST_QUOTE = 200
_TOKENS_KEPT = 2048

Claims = Mapping[str, Any]


class TokenHeader(NamedTuple):
    """What a token says of its signature, before that is verified."""

    algorithm: object
    key_id: object


class TokenValidator:
    """Validates tokens that were signed with one of the access keys (their text as UTF-8), or with an issued key.

    `clock` gives seconds since the epoch; `skew` is how many seconds an expired token is still taken. A `loose` one
    looks at the signature alone, as Microsoft's own emulator does. `endpoints` are further URLs of the emulator.
    """

    def __init__(
        self,
        access_keys: Sequence[str],
        *,
        skew: float,
        clock: Callable[[], float],
        issued_keys: IssuedKeys | None = None,
        loose: bool = False,
        endpoints: Sequence[str] = (),
    ) -> None:
        self._keys = [key.encode() for key in access_keys]
        self._issued_keys = issued_keys
        self._skew = skew
        self._clock = clock
        self._loose = loose
        self._endpoints = endpoints

    def validate(self, token: str | None, audience: Audience) -> Claims:
        """The token's claims; raises UnauthorizedError naming the check that failed."""
        token, header = read_header(token)
        claims = self._verified_claims(token, header)
        if not self._loose:
            check_expiry(claims, now=self._clock(), skew=self._skew)
            _check_audience(claims, [audience, *map(audience.at, self._endpoints)])
        return claims

    def _verified_claims(self, token: str, header: TokenHeader) -> Claims:
        if header.algorithm not in ALGORITHMS:
            raise _wrong_algorithm(header.algorithm)
        for key in self._keys_for(header.key_id):
            claims = _signed_claims(token, key)
            if claims is not None:
                return claims
        raise UnauthorizedError(f"The signature key was not found: {self._what_signs(header.key_id)}")

    def _keys_for(self, key_id: object) -> Sequence[bytes]:
        """An issued key is known by its id; for access keys a key id means nothing, SDKs write a random one."""
        issued = self._issued_keys.find(key_id) if self._issued_keys is not None else None
        return self._keys if issued is None else [issued]

    def _what_signs(self, key_id: object) -> str:
        if self._keys:
            others = " or a key from auth/accessKey that is still valid" if self._issued_keys else ""
            return f"expected a signature by an access key{others}, got another (key id {quoted(key_id)})"
        instead = (
            "take a key from auth/accessKey or a token from :generateToken"
            if self._issued_keys
            else "send a token of Microsoft Entra ID"
        )
        return f"access keys are disabled here (--no-access-key); {instead} instead"


def read_header(token: str | None) -> tuple[str, TokenHeader]:
    """The token and its header, not verified; UnauthorizedError where there is none or it cannot be read."""
    if not token:
        raise UnauthorizedError("No access token: send one in 'Authorization: Bearer <token>'.", token_came=False)
    if len(token) > LONGEST_TOKEN:
        raise UnauthorizedError(f"The token is too long: {len(token)} characters, at most {LONGEST_TOKEN} allowed")
    return token, _header(token)


# A client shows its token when it negotiates, connects and polls, and a REST caller keeps one for an hour: what depends
# on neither the time nor the request is worked out once.
@lru_cache(_TOKENS_KEPT)
def _header(token: str) -> TokenHeader:
    try:
        header = jwt.get_unverified_header(token)
    except _MALFORMED as error:
        raise UnauthorizedError(f"The token is malformed: {error}") from error
    algorithm = header.get("alg")
    if not (algorithm is None or isinstance(algorithm, str)):  # any JSON, which would be kept whole
        algorithm = str(algorithm)[:_LONGEST_QUOTE]
    return TokenHeader(algorithm, header.get("kid"))


@lru_cache(_TOKENS_KEPT)
def _signed_claims(token: str, key: bytes) -> Claims | None:
    return verified_claims(token, key, ALGORITHMS)


def verified_claims(token: str, key: Any, algorithms: Sequence[str]) -> Claims | None:
    """The claims, or None where the key did not sign the token; UnauthorizedError where it cannot be read."""
    try:
        claims: Claims = jwt.decode(token, key, algorithms=list(algorithms), options=_DECODE_OPTIONS)
    except jwt.InvalidSignatureError:
        return None
    except _MALFORMED as error:
        raise UnauthorizedError(f"The token is malformed: {error}") from error
    return claims


def check_expiry(claims: Claims, *, now: float, skew: float) -> None:
    expiry = claims.get("exp")
    if isinstance(expiry, bool) or not isinstance(expiry, int | float):
        raise UnauthorizedError(
            f"The token has no expiration time: the claim 'exp' must be a number, got {quoted(expiry)}"
        )
    if not now - skew < expiry:
        raise UnauthorizedError(f"The token expired at '{time_text(expiry)}'; it is now '{time_text(now)}'")


def _check_audience(claims: Claims, expected: Sequence[Audience]) -> None:
    came = claims.get("aud")
    texts = [value for value in (came if isinstance(came, list) else [came]) if isinstance(value, str)]
    if not any(audience.accepts(texts) for audience in expected):
        choices = " or ".join(f"'{audience}'" for audience in expected)
        raise UnauthorizedError(f"The audience is invalid: expected {choices}, got {quoted(came)}")


def _wrong_algorithm(algorithm: object) -> UnauthorizedError:
    hint = ""
    if algorithm == "RS256":
        hint = "; a token of Microsoft Entra ID is for REST calls alone, and for an emulator with --identity"
    return UnauthorizedError(f"The algorithm is not one of {', '.join(ALGORITHMS)}, got {quoted(algorithm)}{hint}")


def quoted(came: object) -> str:
    """What a token says, for a sentence: short, for it is the caller's."""
    return "none" if came is None else f"'{str(came)[:_LONGEST_QUOTE]}'"


def time_text(seconds: float) -> str:
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
