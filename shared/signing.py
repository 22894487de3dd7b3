"""Signing: JWTs of one key (HS256), with all that is the same for each of them prepared once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jwt.algorithms import HMACAlgorithm
from jwt.utils import base64url_encode

# The service's limit, in characters.
TOKEN_LIMIT = 4096

_HS256 = HMACAlgorithm(HMACAlgorithm.SHA256)
_ENCODER = json.JSONEncoder(separators=(",", ":"))


class Signer:
    """Signs claims with a key; `key_id` tells the service which key that is, where it has several.

    PyJWT prepares the key and writes the header anew for each token, which costs more than the HMAC itself; its parts
    are used here. Compact serialisation: RFC 7515 3.1.
    """

    def __init__(self, key: str, key_id: str | None = None) -> None:
        # The text itself is the key; it looks like base64, but is not to be decoded.
        self._key = _HS256.prepare_key(key)
        kid = {} if key_id is None else {"kid": key_id}
        self._header = base64url_encode(_ENCODER.encode({"alg": "HS256", **kid, "typ": "JWT"}).encode()) + b"."

    def __repr__(self) -> str:
        return "Signer(****)"

    def sign(self, claims: Mapping[str, Any]) -> str:
        signed = self._header + base64url_encode(_ENCODER.encode(claims).encode())
        return (signed + b"." + base64url_encode(_HS256.sign(signed, self._key))).decode()
