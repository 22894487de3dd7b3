"""Signing: JWTs of one key (HS256), with all that is the same for each of them prepared once."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

# The service's limit, in characters.
TOKEN_LIMIT = 4096

_ENCODER = json.JSONEncoder(separators=(",", ":"))


class Signer:
    """Signs claims with a key; `key_id` tells the service which key that is, where it has several.

    PyJWT prepares the key and writes the header anew for each token, which costs more than the HMAC itself; its parts
    are used here. Compact serialisation: RFC 7515 3.1.
    """

    def __init__(self, key: str, key_id: str | None = None) -> None:
        # Only with the first key, since cold starts pay for every import: this one brings all of cryptography along.
        from jwt.algorithms import HMACAlgorithm

        self._hs256 = HMACAlgorithm(HMACAlgorithm.SHA256)
        # The text itself is the key; it looks like base64, but is not to be decoded.
        self._key = self._hs256.prepare_key(key)
        kid = {} if key_id is None else {"kid": key_id}
        self._header = _base64url(_ENCODER.encode({"alg": "HS256", **kid, "typ": "JWT"}).encode()) + b"."

    def __repr__(self) -> str:
        return "Signer(****)"

    def sign(self, claims: Mapping[str, Any]) -> str:
        signed = self._header + _base64url(_ENCODER.encode(claims).encode())
        return (signed + b"." + _base64url(self._hs256.sign(signed, self._key))).decode()


def _base64url(octets: bytes) -> bytes:
    """Base64 as JWTs have it, without padding (RFC 7515 2)."""
    return urlsafe_b64encode(octets).rstrip(b"=")
