"""Tokens of Entra ID: whether one names an identity of this tenant, and if not, which check failed."""

from __future__ import annotations

from collections.abc import Callable

from emulator.entra.identities import LocalIdentity
from emulator.entra.tenant import ALGORITHM, RESOURCE, Tenant
from emulator.errors import UnauthorizedError
from emulator.tokens import Claims, check_expiry, quoted, read_header, time_text, verified_claims

_RESTARTED = "tokens from before the emulator's last start count no more"


class EntraTokenValidator:
    """Validates signature, issuer, audience and times; a `loose` one the signature alone.

    `clock` gives seconds since the epoch; `skew` is by how many seconds clocks may differ.
    """

    def __init__(self, tenant: Tenant, *, skew: float, clock: Callable[[], float], loose: bool = False) -> None:
        self._tenant = tenant
        self._skew = skew
        self._clock = clock
        self._loose = loose

    def validate(self, token: str) -> tuple[LocalIdentity, Claims]:
        """Who shows the token, and its claims; raises UnauthorizedError naming the check that failed."""
        claims = self._verified_claims(token)
        if not self._loose:
            self._check_issuer(claims)
            _check_audience(claims)
            self._check_times(claims)
        identity = self._tenant.with_object_id(claims.get("oid"))
        if identity is None:
            raise UnauthorizedError(f"The identity is unknown: there is none with the oid {quoted(claims.get('oid'))}")
        return identity, claims

    def _verified_claims(self, token: str) -> Claims:
        token, header = read_header(token)
        if header.algorithm != ALGORITHM:
            raise UnauthorizedError(f"The algorithm is not {ALGORITHM}, got {quoted(header.algorithm)}")
        if header.key_id != self._tenant.key_id:
            came = f"expected the key id '{self._tenant.key_id}', got {quoted(header.key_id)}"
            raise UnauthorizedError(f"The signature key was not found: {came}; {_RESTARTED}")
        claims = verified_claims(token, self._tenant.public_key, [ALGORITHM])
        if claims is None:
            raise UnauthorizedError(f"The signature is invalid: the key '{header.key_id}' did not make it")
        return claims

    def _check_issuer(self, claims: Claims) -> None:
        if claims.get("iss") != self._tenant.issuer:
            expected = f"expected '{self._tenant.issuer}', got {quoted(claims.get('iss'))}"
            raise UnauthorizedError(f"The issuer is invalid: {expected}")

    def _check_times(self, claims: Claims) -> None:
        now = self._clock()
        check_expiry(claims, now=now, skew=self._skew)
        start = claims.get("nbf")
        if isinstance(start, int | float) and start > now + self._skew:
            raise UnauthorizedError(f"The token is good from '{time_text(start)}'; it is now '{time_text(now)}'")


def _check_audience(claims: Claims) -> None:
    came = claims.get("aud")
    if came not in (RESOURCE, f"{RESOURCE}/"):
        raise UnauthorizedError(f"The audience is invalid: expected '{RESOURCE}', got {quoted(came)}")
