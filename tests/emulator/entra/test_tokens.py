"""Tokens of Entra ID: each check, against a clock that stands still."""

from __future__ import annotations

import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.entra.identities import parse_identity
from emulator.entra.tenant import RESOURCE, TOKEN_LIFETIME_SECONDS, Tenant
from emulator.entra.tokens import EntraTokenValidator
from emulator.errors import UnauthorizedError
from emulator.tokens import LONGEST_TOKEN

NOW = 1_700_000_000
SKEW = 300
READER = parse_identity("reader=SignalR REST API Reader")
TENANT = Tenant([READER], lambda: NOW)
OTHER_TENANT = Tenant([READER], lambda: NOW, tenant_id="another")
VALIDATOR = EntraTokenValidator(TENANT, skew=SKEW, clock=lambda: NOW)
LOOSE = EntraTokenValidator(TENANT, skew=SKEW, clock=lambda: NOW, loose=True)
GOOD: dict[str, object] = {"aud": RESOURCE, "iss": TENANT.issuer, "exp": NOW + 60, "nbf": NOW, "oid": READER.object_id}


def token(**claims: object) -> str:
    return TENANT.sign({name: value for name, value in {**GOOD, **claims}.items() if value is not None})


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def with_header(header: dict[str, object]) -> str:
    """A good token's payload and signature under a header of somebody else's making."""
    return ".".join([base64url(json.dumps(header).encode()), *token().split(".")[1:]])


def confused(algorithm: str) -> str:
    """A token that is signed with the public key's text as if that were a shared secret."""
    secret = TENANT.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = base64url(json.dumps({"alg": algorithm, "kid": TENANT.key_id}).encode())
    signed = f"{header}.{base64url(json.dumps(GOOD).encode())}"
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{signed}.{base64url(signature.sign(signed.encode(), secret))}"


def signed_bytes(payload: bytes) -> str:
    return jwt.api_jws.encode(payload, TENANT._key, "RS256", headers={"kid": TENANT.key_id})


def refusal(text: str, validator: EntraTokenValidator = VALIDATOR) -> str:
    with pytest.raises(UnauthorizedError) as refused:
        validator.validate(text)
    return refused.value.message


@pytest.mark.parametrize(
    "good",
    [
        TENANT.issue(READER).text,
        TENANT.issue(READER, RESOURCE + "/").text,
        token(exp=NOW - SKEW + 1),
        token(nbf=NOW + SKEW),
        token(nbf=None),
    ],
    ids=["issued", "audience with a slash", "expired within the skew", "valid within the skew", "no nbf"],
)
def test_token_is_accepted_with(good: str) -> None:
    identity, claims = VALIDATOR.validate(good)
    assert identity == READER
    assert claims["oid"] == READER.object_id


REFUSED = {
    "an unknown key id": (
        with_header({"alg": "RS256", "kid": "x"}),
        "signature key was not found: expected the key id",
    ),
    "no key id": (with_header({"alg": "RS256"}), "got none; tokens from before the emulator's last start"),
    "another header": (with_header({"alg": "RS256", "kid": TENANT.key_id}), "The signature is invalid"),
    "a changed signature": (token()[:-8] + "AAAAAAAA", "The signature is invalid"),
    "another payload": (".".join([token().split(".")[0], base64url(b"{}"), token().split(".")[2]]), "is invalid"),
    "algorithm none": (with_header({"alg": "none", "kid": TENANT.key_id}), "The algorithm is not RS256, got 'none'"),
    "algorithm RS512": (with_header({"alg": "RS512", "kid": TENANT.key_id}), "The algorithm is not RS256"),
    "the public key as a secret": (confused("HS256"), "The algorithm is not RS256, got 'HS256'"),
    "that, called RS256": (confused("RS256"), "The signature is invalid"),
    "another tenant's key": (OTHER_TENANT.issue(READER).text, "The signature key was not found"),
    "a payload that is no object": (signed_bytes(b"[]"), "The token is malformed"),
    "a payload that is no JSON": (signed_bytes(b"\xff"), "The token is malformed"),
    "no segments": ("garbage", "The token is malformed"),
    "too many characters": ("x" * (LONGEST_TOKEN + 1), "The token is too long"),
    "an unknown identity": (token(oid="somebody"), "The identity is unknown: there is none with the oid 'somebody'"),
    "no identity": (token(oid=None), "The identity is unknown: there is none with the oid none"),
}
REFUSED_UNLESS_LOOSE = {
    "another issuer": (
        token(iss=OTHER_TENANT.issuer),
        f"The issuer is invalid: expected '{TENANT.issuer}', got 'https://sts.windows.net/another/'",
    ),
    "no issuer": (token(iss=None), "The issuer is invalid"),
    "another audience": (
        token(aud="https://management.azure.com"),
        "The audience is invalid: expected 'https://signalr.azure.com', got 'https://management.azure.com'",
    ),
    "an audience of two slashes": (token(aud=RESOURCE + "//"), "The audience is invalid"),
    "a list of audiences": (token(aud=[RESOURCE]), "The audience is invalid"),
    "no audience": (token(aud=None), "The audience is invalid"),
    "an expiration time at the skew's edge": (
        token(exp=NOW - SKEW),
        "The token expired at '2023-11-14T22:08:20+00:00'",
    ),
    "no expiration time": (token(exp=None), "no expiration time: the claim 'exp' must be a number, got none"),
    "a start beyond the skew": (token(nbf=NOW + SKEW + 1), "The token is good from '2023-11-14T22:18:21+00:00'; it is"),
}


@pytest.mark.parametrize("case", [*REFUSED, *REFUSED_UNLESS_LOOSE])
def test_token_is_refused_with(case: str) -> None:
    text, message = {**REFUSED, **REFUSED_UNLESS_LOOSE}[case]
    refused = refusal(text)
    assert message in refused
    assert text not in refused


@pytest.mark.parametrize("case", REFUSED)
def test_loose_still_refuses_a_token_with(case: str) -> None:
    text, message = REFUSED[case]
    assert message in refusal(text, LOOSE)


@pytest.mark.parametrize("case", REFUSED_UNLESS_LOOSE)
def test_loose_accepts_a_token_with(case: str) -> None:
    assert LOOSE.validate(REFUSED_UNLESS_LOOSE[case][0])[0] == READER


def test_an_issued_token_has_the_claims_of_a_managed_identity_and_lives_a_day() -> None:
    issued = TENANT.issue(READER)
    claims = jwt.decode(issued.text, options={"verify_signature": False})
    assert issued.expires_on == claims["exp"] == NOW + TOKEN_LIFETIME_SECONDS
    assert claims["appid"] == READER.client_id
    assert (claims["oid"], claims["sub"]) == (READER.object_id, READER.object_id)
    assert (claims["tid"], claims["ver"], claims["idtyp"]) == (TENANT.tenant_id, "1.0", "app")
    assert "roles" not in claims


def test_an_issued_token_does_not_show_itself() -> None:
    issued = TENANT.issue(READER)
    assert issued.text not in repr(issued)
