"""Signing keys: the public keys of an identity provider, fetched when they are needed and kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import jwt

from shared.setting_values import identity_url

KEPT_SECONDS = 3600
# An unknown key id makes the keys be fetched again, at most this often: anybody can make up key ids.
COOL_DOWN_SECONDS = 30
# After a failure nobody waits for the next one meanwhile.
PAUSE_SECONDS = 5
TIMEOUT_SECONDS = 5


class KeysUnavailableError(Exception):
    """The identity provider did not answer, or not with what it should."""


class UnknownKeyError(Exception):
    """The identity provider has no key with that id."""


class SigningKeys:
    """The keys at `jwks_uri`, or else at the address that the issuer's OpenID configuration names; thread-safe."""

    def __init__(
        self, issuer: str, jwks_uri: str | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._jwks_uri = jwks_uri
        self._clock = clock
        self._client: jwt.PyJWKClient | None = None
        self._no_try_before = float("-inf")
        self._lock = threading.Lock()

    def key(self, key_id: str) -> jwt.PyJWK:
        """Raises UnknownKeyError or KeysUnavailableError."""
        if self._clock() < self._no_try_before:
            raise KeysUnavailableError("the last attempt failed a moment ago")
        try:
            return self._open_client().get_signing_key(key_id)
        except Exception as error:
            # Whatever a foreign document can hold comes through here: jwt passes on the errors of its parsing.
            if not isinstance(error, jwt.PyJWKClientConnectionError) and self._has_keys():
                raise UnknownKeyError(key_id) from error
            self._no_try_before = self._clock() + PAUSE_SECONDS
            raise KeysUnavailableError(str(error)) from error

    def _has_keys(self) -> bool:
        cache = self._client.jwk_set_cache if self._client else None
        return cache is not None and cache.get() is not None

    def _open_client(self) -> jwt.PyJWKClient:
        with self._lock:
            if self._client is None:
                self._client = jwt.PyJWKClient(
                    self._jwks_uri or self._discovered(),
                    lifespan=KEPT_SECONDS,
                    timeout=TIMEOUT_SECONDS,
                    cooldown_duration=COOL_DOWN_SECONDS,
                )
            return self._client

    def _discovered(self) -> str:
        """`jwks_uri` in the issuer's configuration (OpenID Connect Discovery 1.0, 4), which must name this issuer."""
        import requests

        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            response = requests.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False)
            configuration: Any = response.json() if response.status_code == 200 else None
        except (requests.RequestException, ValueError) as error:
            raise KeysUnavailableError(f"{url} did not answer with JSON: {error}") from error
        if not isinstance(configuration, dict) or configuration.get("issuer") != self._issuer:
            raise KeysUnavailableError(f"{url} is not the OpenID configuration of the issuer {self._issuer}")
        try:
            return identity_url(str(configuration.get("jwks_uri")))
        except ValueError as error:
            raise KeysUnavailableError(f"jwks_uri in {url} {error}") from None
