"""Credentials: the bearer tokens that REST calls carry, signed with an access key or given out by Entra ID."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from shared.errors import ClientAuthenticationError, InvalidParameterError
from shared.parameters import is_access_key
from shared.per_process import PerProcess
from shared.signing import TOKEN_LIMIT, Signer

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

Clock = Callable[[], float]

ENTRA_ID_SCOPE = "https://signalr.azure.com/.default"
# The lifetime that Azure's SDK gives its tokens for REST calls.
_REST_TOKEN_LIFETIME = timedelta(hours=1)
# Not used to the last second: a token travels, and clocks differ.
_MARGIN_SECONDS = 5 * 60
# Some 0.5 MB of tokens. Beyond it all are dropped at once: no order to keep, and so no lock on the way of each call.
_CACHED_TOKENS = 1024


class RequestCredential(Protocol):
    """What signs a REST call: gives a bearer token that is good for the audience, the URL without its query.

    `renew` is told that the service refused a token, and answers whether the next one may fare better.
    """

    def token_for(self, audience: str) -> str: ...

    def renew(self, token: str) -> bool: ...


class AccessKeyCredential:
    """An access key of the service, primary or secondary, as the portal shows it."""

    def __init__(self, key: str, *, clock: Clock = time.time) -> None:
        if not isinstance(key, str) or not is_access_key(key):
            raise InvalidParameterError("key", "must be an access key: text without spaces and line breaks")
        self._signer = Signer(key)
        self._clock = clock
        self._tokens: dict[str, tuple[str, float]] = {}

    def __repr__(self) -> str:
        return "AccessKeyCredential(****)"

    def token_for(self, audience: str) -> str:
        """Return a token for a REST call to this URL (without query); the same one while its lifetime allows."""
        token, good_until = self._tokens.get(audience, ("", 0.0))
        if self._clock() >= good_until:
            token = self.sign({"aud": audience}, _REST_TOKEN_LIFETIME)
            if len(token) > TOKEN_LIMIT:
                raise InvalidParameterError(
                    "names",
                    f"of this call are too long: its token, which holds its URL, would have {len(token):,} characters, "
                    f"and the limit is {TOKEN_LIMIT:,}",
                )
            good_until = self._clock() + _REST_TOKEN_LIFETIME.total_seconds() - _MARGIN_SECONDS
            if len(self._tokens) >= _CACHED_TOKENS:
                self._tokens.clear()
            self._tokens[audience] = (token, good_until)
        return token

    def renew(self, token: str) -> bool:  # noqa: ARG002 - a key that was refused will be refused again
        return False

    def sign(self, claims: Mapping[str, Any], lifetime: timedelta) -> str:
        """Sign the claims and an `exp` as a JWT (HS256)."""
        return self._signer.sign({**claims, "exp": int(self._clock() + lifetime.total_seconds())})


class IdentityCredential:
    """An identity of Microsoft Entra ID: any credential of azure-identity, its token kept until near its end."""

    def __init__(self, credential: TokenCredential, *, clock: Clock = time.time) -> None:
        self._credential = credential
        self._clock = clock
        self._token: AccessToken | None = None
        self._refreshing = PerProcess(threading.Lock)

    def __repr__(self) -> str:
        return f"IdentityCredential({type(self._credential).__name__})"

    def token_for(self, audience: str) -> str:  # noqa: ARG002 - one token of Entra ID is good for every URL
        """Return the raw token; ClientAuthenticationError where the identity gets none."""
        token = self._token
        if token is None or not self._is_good(token):
            token = self._refreshed()
        return token.token

    def renew(self, token: str) -> bool:
        """Forget a token that the service refused; where another thread has a newer one already, keep that."""
        kept = self._token
        if kept is not None and kept.token == token:
            self._token = None
        return True

    def _refreshed(self) -> AccessToken:
        with self._refreshing.get():
            # Threads that waited find what the first one fetched.
            token = self._token
            if token is None or not self._is_good(token):
                token = self._token = self._fetched()
            return token

    def _fetched(self) -> AccessToken:
        try:
            return self._credential.get_token(ENTRA_ID_SCOPE)
        except Exception as exc:  # each credential has errors of its own, and importing them would load azure.core
            raise ClientAuthenticationError(
                401,
                f"no token from Microsoft Entra ID for {ENTRA_ID_SCOPE}; check that the app has this identity (in the "
                f"Azure portal: the app, Identity): {exc}",
            ) from exc

    def _is_good(self, token: AccessToken) -> bool:
        return token.expires_on - self._clock() > _MARGIN_SECONDS


def request_credential(credential: AccessKeyCredential | TokenCredential) -> AccessKeyCredential | IdentityCredential:
    if isinstance(credential, AccessKeyCredential):
        return credential
    if not callable(getattr(credential, "get_token", None)):
        raise InvalidParameterError("credential", "must be an AccessKeyCredential or a credential of azure-identity")
    return IdentityCredential(credential)
