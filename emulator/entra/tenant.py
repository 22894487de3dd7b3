"""The tenant: what signs the tokens of local identities, as Microsoft Entra ID does for Azure's."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from emulator.entra.identities import LocalIdentity

ALGORITHM = "RS256"
# What a token must be for; it is the resource that clients name when they ask for one.
RESOURCE = "https://signalr.azure.com"
# A managed identity's token lives this long in Azure.
TOKEN_LIFETIME_SECONDS = 24 * 60 * 60
_TENANT_ID = str(uuid.uuid5(uuid.NAMESPACE_DNS, "tenant.signalr-emulator.localhost"))


class EntraToken(NamedTuple):
    """An access token and when it expires, in seconds since the epoch."""

    text: str
    expires_on: int

    def __repr__(self) -> str:
        return f"EntraToken(****, expires_on={self.expires_on})"


class Tenant:
    """Knows identities and signs for them, with a key pair that is made at birth and kept in memory alone."""

    def __init__(
        self, identities: Sequence[LocalIdentity], clock: Callable[[], float], *, tenant_id: str = _TENANT_ID
    ) -> None:
        self.identities = tuple(identities)
        self.tenant_id = tenant_id
        # The form that Entra ID gives the issuer in version 1.0 of its tokens, which is what managed identities get.
        self.issuer = f"https://sts.windows.net/{tenant_id}/"
        self._clock = clock
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key_id = uuid.uuid4().hex

    @property
    def public_key(self) -> rsa.RSAPublicKey:
        return self._key.public_key()

    def issue(self, identity: LocalIdentity, resource: str = RESOURCE) -> EntraToken:
        """A token for a resource, its audience spelled as it was asked for."""
        now = int(self._clock())
        expires_on = now + TOKEN_LIFETIME_SECONDS
        claims = {
            "aud": resource,
            "iss": self.issuer,
            "iat": now,
            "nbf": now,
            "exp": expires_on,
            "appid": identity.client_id,
            "appidacr": "2",
            "idp": self.issuer,
            "idtyp": "app",
            "oid": identity.object_id,
            "sub": identity.object_id,
            "tid": self.tenant_id,
            "ver": "1.0",
        }
        return EntraToken(self.sign(claims), expires_on)

    def sign(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode(dict(claims), self._key, algorithm=ALGORITHM, headers={"kid": self.key_id})

    def with_object_id(self, object_id: object) -> LocalIdentity | None:
        return next((identity for identity in self.identities if identity.object_id == object_id), None)
