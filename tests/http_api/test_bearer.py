"""Bearer tokens: which are believed, and how each forgery is refused."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import azure.functions as func
import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from http_api.bearer import LONGEST_TOKEN, bearer_claims
from http_api.errors import RequestRefusedError
from shared.connection_string import parse_connection_string
from shared.settings import BearerTokens, Settings
from tests.broadcast.app import ACCESS_KEY
from tests.http_api.identity_provider import AUDIENCE, IdentityProvider, private_key

SERVICE = parse_connection_string(f"Endpoint=https://chat.service.signalr.net;AccessKey={ACCESS_KEY};")


def claims(provider: IdentityProvider, authorization: str | None, *audiences: str) -> Any:
    settings = Settings(SERVICE, bearer=BearerTokens(provider.issuer, audiences or (AUDIENCE,)))
    headers = {} if authorization is None else {"Authorization": authorization}
    return bearer_claims(func.HttpRequest("POST", "http://localhost/", headers=headers, body=b""), settings)


def refusal(provider: IdentityProvider, token: str) -> RequestRefusedError:
    with pytest.raises(RequestRefusedError) as refused:
        claims(provider, f"Bearer {token}")
    return refused.value


def signed(header: dict[str, Any], payload: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(payload).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_valid_token_is_believed(identity_provider: IdentityProvider, scheme: str) -> None:
    assert claims(identity_provider, f"{scheme} {identity_provider.token()}")["sub"] == "ada"


@pytest.mark.parametrize("changed", [{"exp": -50}, {"nbf": 50}, {"iat": 50}, {"aud": ["other", AUDIENCE]}])
def test_clocks_may_differ_by_a_minute_and_one_of_several_audiences_is_enough(
    identity_provider: IdentityProvider, changed: dict[str, Any]
) -> None:
    now = int(time.time())
    times: dict[str, Any] = {name: now + value if isinstance(value, int) else value for name, value in changed.items()}
    assert claims(identity_provider, f"Bearer {identity_provider.token(key_id='one', **times)}")["sub"] == "ada"


def test_any_audience_of_the_setting_will_do(identity_provider: IdentityProvider) -> None:
    assert claims(identity_provider, f"Bearer {identity_provider.token(aud='b')}", "a", "b")["aud"] == "b"


@pytest.mark.parametrize("authorization", [None, "", "Basic YTpi", "token"])
def test_caller_without_a_bearer_token_is_not_judged(
    identity_provider: IdentityProvider, authorization: str | None
) -> None:
    assert claims(identity_provider, authorization) is None
    assert identity_provider.asked == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"exp": 1}, "expired"),
        ({"exp": None}, "lacks one of the claims"),
        ({"exp": "soon"}, "malformed"),
        ({"nbf": 9_999_999_999}, "not valid yet"),
        ({"iss": "https://login.example.org"}, "another issuer"),
        ({"iss": None}, "lacks one of the claims"),
        ({"aud": "api://other"}, "another audience"),
        ({"aud": None}, "lacks one of the claims"),
    ],
)
def test_token_whose_claims_do_not_hold_is_refused_with_the_reason(
    identity_provider: IdentityProvider, changed: dict[str, Any], reason: str
) -> None:
    refused = refusal(identity_provider, identity_provider.token(**changed))
    assert (refused.status_code, refused.code) == (401, "InvalidToken")
    assert reason in refused.message
    assert 'error="invalid_token"' in (refused.headers or {})["WWW-Authenticate"]


def test_token_without_a_signature_is_refused(identity_provider: IdentityProvider) -> None:
    for algorithm in ("none", "None", "NONE", ""):
        token = signed({"alg": algorithm, "kid": "one"}, identity_provider.claims())
        assert "algorithm" in refusal(identity_provider, token).message


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_public_key_does_not_serve_as_a_secret(identity_provider: IdentityProvider, algorithm: str) -> None:
    public = private_key("one").public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    message = signed({"alg": algorithm, "kid": "one"}, identity_provider.claims()).rpartition(".")[0]
    signature = jwt.get_algorithm_by_name(algorithm).sign(message.encode(), pem)
    token = f"{message}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    assert "algorithm" in refusal(identity_provider, token).message


def test_token_that_was_signed_with_another_key_is_refused(identity_provider: IdentityProvider) -> None:
    forged = jwt.encode(identity_provider.claims(), private_key("forger"), "RS256", headers={"kid": "one"})
    assert "signature is wrong" in refusal(identity_provider, forged).message


def test_key_that_the_token_brings_along_is_not_used(identity_provider: IdentityProvider) -> None:
    from tests.http_api.identity_provider import public_jwk

    header = {"kid": "forger", "jwk": public_jwk("forger"), "jku": f"{identity_provider.issuer}/forged"}
    forged = jwt.encode(identity_provider.claims(), private_key("forger"), "RS256", headers=header)
    assert "no such key" in refusal(identity_provider, forged).message
    assert "/forged" not in identity_provider.asked


@pytest.mark.parametrize(
    "token",
    ["x", "a.b", "a.b.c", "..", "....", "é.é.é", "x" * LONGEST_TOKEN, signed({"alg": "RS256"}, {}),
     signed({"alg": "RS256", "kid": 7}, {}), signed({"alg": ["RS256"], "kid": "one"}, {}),
     signed({"alg": "ES256", "kid": "one"}, {}), base64.urlsafe_b64encode(b"[" * 5000).decode() + ".e30.e30"],
)  # fmt: skip
def test_what_is_no_token_is_refused_and_not_repeated(identity_provider: IdentityProvider, token: str) -> None:
    refused = refusal(identity_provider, token)
    assert refused.status_code == 401
    assert refused.message.isascii()
    assert len(refused.message) < 200


def test_keys_that_cannot_be_had_are_503_and_never_success(identity_provider: IdentityProvider) -> None:
    token = identity_provider.token()
    identity_provider.answers.clear()
    refused = refusal(identity_provider, token)
    assert (refused.status_code, refused.code) == (503, "KeysUnavailable")
    assert "Retry-After" in (refused.headers or {})
