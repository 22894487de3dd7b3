"""Credentials: what is in a token, how long it is kept, and that no secret is shown."""

from __future__ import annotations

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import jwt
import pytest
from azure.core.credentials import AccessToken

from shared import AccessKeyCredential, ClientAuthenticationError, InvalidParameterError
from shared.credentials import ENTRA_ID_SCOPE, IdentityCredential, request_credential

KEY = base64.b64encode(b"x" * 32).decode()
AUDIENCE = "https://aaa/api/v1/hubs/chat"


class Clock:
    def __init__(self, now: float = 1_700_000_000.5) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class EntraId:
    """Stands in for Microsoft Entra ID, which no test can reach: numbered tokens that live for an hour."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.scopes: list[tuple[str, ...]] = []
        self.failure: Exception | None = None

    def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        self.scopes.append(scopes)
        if self.failure:
            raise self.failure
        return AccessToken(f"token-{len(self.scopes)}", int(self.clock.now) + 3600)


def decoded(token: str) -> dict[str, Any]:
    options: Any = {"verify_exp": False, "verify_aud": False}
    return jwt.decode(token, KEY.encode(), algorithms=["HS256"], options=options)


def test_a_token_names_its_url_and_its_end_and_is_signed_with_the_text_of_the_key() -> None:
    token = AccessKeyCredential(KEY, clock=Clock()).token_for(AUDIENCE)
    assert decoded(token) == {"aud": AUDIENCE, "exp": 1_700_003_600}
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}


def test_a_token_is_kept_until_five_minutes_before_its_end() -> None:
    clock = Clock()
    credential = AccessKeyCredential(KEY, clock=clock)
    first = credential.token_for(AUDIENCE)
    clock.now += 55 * 60 - 1
    assert credential.token_for(AUDIENCE) == first
    clock.now += 1
    assert decoded(credential.token_for(AUDIENCE))["exp"] == 1_700_003_600 + 55 * 60


def test_each_url_has_a_token_of_its_own() -> None:
    credential = AccessKeyCredential(KEY)
    assert decoded(credential.token_for(AUDIENCE + "/users/a"))["aud"] == AUDIENCE + "/users/a"
    assert decoded(credential.token_for(AUDIENCE + "/users/b"))["aud"] == AUDIENCE + "/users/b"


def test_the_tokens_kept_are_bounded() -> None:
    credential = AccessKeyCredential(KEY)
    for number in range(3000):
        credential.token_for(f"{AUDIENCE}/users/{number}")
        assert len(credential._tokens) <= 1024


def test_claims_are_signed_with_the_lifetime_asked_for() -> None:
    token = AccessKeyCredential(KEY, clock=Clock()).sign({"aud": "x", "role": "a"}, timedelta(minutes=1))
    assert decoded(token) == {"aud": "x", "role": "a", "exp": 1_700_000_060}


@pytest.mark.parametrize("key", ["", "a b", "line\nbreak", "-----BEGIN PRIVATE KEY-----", None, b"bytes"])
def test_what_cannot_be_an_access_key_is_refused(key: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"^key must be an access key"):
        AccessKeyCredential(key)


def test_no_repr_shows_a_secret() -> None:
    credential = AccessKeyCredential(KEY)
    token = credential.token_for(AUDIENCE)
    assert repr(credential) == "AccessKeyCredential(****)"
    assert token not in repr(credential)
    assert repr(IdentityCredential(EntraId(Clock()))) == "IdentityCredential(EntraId)"


def test_an_identity_gives_its_raw_token_for_every_url() -> None:
    entra_id = EntraId(Clock())
    credential = IdentityCredential(entra_id, clock=entra_id.clock)
    assert {credential.token_for(AUDIENCE), credential.token_for("https://other")} == {"token-1"}
    assert entra_id.scopes == [(ENTRA_ID_SCOPE,)]


def test_an_identitys_token_is_kept_until_five_minutes_before_its_end() -> None:
    entra_id = EntraId(Clock(1_700_000_000))
    credential = IdentityCredential(entra_id, clock=entra_id.clock)
    credential.token_for(AUDIENCE)
    entra_id.clock.now += 55 * 60 - 1
    assert credential.token_for(AUDIENCE) == "token-1"
    entra_id.clock.now += 1
    assert credential.token_for(AUDIENCE) == "token-2"


def test_threads_that_need_a_token_at_once_fetch_one() -> None:
    entra_id = EntraId(Clock())
    credential = IdentityCredential(entra_id, clock=entra_id.clock)
    ready = threading.Barrier(16)

    def ask(_: int) -> str:
        ready.wait(10)
        return credential.token_for(AUDIENCE)

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(ask, range(16))) == {"token-1"}
    assert len(entra_id.scopes) == 1


def test_an_identity_without_a_token_is_an_authentication_error_with_its_cause() -> None:
    entra_id = EntraId(Clock())
    entra_id.failure = RuntimeError("no managed identity here")
    with pytest.raises(ClientAuthenticationError, match="no managed identity here") as failed:
        IdentityCredential(entra_id).token_for(AUDIENCE)
    assert failed.value.__cause__ is entra_id.failure


def test_an_identity_recovers_after_a_failure() -> None:
    entra_id = EntraId(Clock())
    credential = IdentityCredential(entra_id, clock=entra_id.clock)
    entra_id.failure = RuntimeError("busy")
    with pytest.raises(ClientAuthenticationError):
        credential.token_for(AUDIENCE)
    entra_id.failure = None
    assert credential.token_for(AUDIENCE) == "token-2"


def test_what_is_no_credential_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match=r"^credential must be"):
        request_credential("the key itself")  # type: ignore[arg-type]  # a caller without a type checker


def test_a_url_too_long_for_its_token_is_refused_with_the_limit() -> None:
    credential = AccessKeyCredential(KEY)
    with pytest.raises(InvalidParameterError, match=r"names of this call are too long.* the limit is 4,096"):
        credential.token_for("https://x.service.signalr.net/api/v1/hubs/chat/users/" + "u" * 3000)
    assert credential.token_for("https://x.service.signalr.net/api/v1/hubs/chat/users/" + "u" * 2500)
