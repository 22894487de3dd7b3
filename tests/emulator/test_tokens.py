"""Access tokens: each check, against a clock that stands still."""

from __future__ import annotations

import base64
import json
import math

import jwt
import pytest

from emulator.audience import Audience
from emulator.errors import UnauthorizedError
from emulator.options import PUBLISHED_ACCESS_KEY
from emulator.tokens import LONGEST_TOKEN, TokenValidator, user_id_of

NOW = 1_700_000_000
SECONDARY_KEY = "secondary-key-of-64-characters-0123456789-0123456789-0123456789-"
OTHER_KEY = "another-access-key-of-44-characters-01234567"
AUDIENCE = Audience("http", "127.0.0.1", 8888, "/api/v1/hubs/chat")
GOOD: dict[str, object] = {"aud": str(AUDIENCE), "exp": NOW + 60}

VALIDATOR = TokenValidator([PUBLISHED_ACCESS_KEY, SECONDARY_KEY], skew=300, clock=lambda: NOW)


def token(key: str = PUBLISHED_ACCESS_KEY, algorithm: str = "HS256", **claims: object) -> str:
    return jwt.encode({**GOOD, **claims}, key, algorithm=algorithm)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hand_made(header: str, payload: str | None = None, signature: str = "") -> str:
    return f"{base64url(header.encode())}.{base64url((payload or json.dumps(GOOD)).encode())}.{signature}"


def refusal(text: str | None) -> UnauthorizedError:
    with pytest.raises(UnauthorizedError) as refused:
        VALIDATOR.validate(text, AUDIENCE)
    return refused.value


# HS512 wants longer keys than the service's own; it takes such tokens all the same.
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    "good",
    [
        token(),
        token(SECONDARY_KEY),
        token(SECONDARY_KEY, "HS512"),
        token(aud=["http://example.org", str(AUDIENCE)]),
        token(nbf=NOW + 3600, iat=NOW + 3600, iss="anybody"),
        token(exp=NOW + 0.5),
        token(exp=NOW - 299),
        jwt.encode(GOOD, PUBLISHED_ACCESS_KEY, algorithm="HS256", headers={"kid": "-1895682698"}),
    ],
    ids=[
        "primary key",
        "secondary key",
        "HS512",
        "list of audiences",
        "nbf, iat and iss do not count",
        "fraction of a second",
        "expired within the skew",
        "kid that nobody knows",
    ],
)
def test_token_is_accepted_with(good: str) -> None:
    assert str(AUDIENCE) in VALIDATOR.validate(good, AUDIENCE)["aud"]


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_token_is_refused_with_a_bare_challenge(nothing: str | None) -> None:
    assert refusal(nothing).challenge == "Bearer"


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        (token(OTHER_KEY), "The signature key was not found"),
        (token()[:-4] + "AAAA", "The signature key was not found"),
        (hand_made('{"alg":"none","typ":"JWT"}'), "The algorithm is not one of HS256, HS512"),
        (hand_made('{"alg":"RS256","typ":"JWT"}', signature="AAAA"), "The algorithm is not one of HS256, HS512"),
        (token(algorithm="HS384", key=SECONDARY_KEY), "The algorithm is not one of HS256, HS512"),
        (hand_made("{}", signature="AAAA"), "The algorithm is not one of HS256, HS512"),
        (hand_made('{"alg":[{},{}]}', signature="AAAA"), "The algorithm is not one of HS256, HS512, got '[{}, {}]'"),
        (jwt.encode({"aud": str(AUDIENCE)}, PUBLISHED_ACCESS_KEY), "no expiration time"),
        (token(exp=True), "no expiration time"),
        (hand_made('{"alg":"HS256"}', signature="*"), "malformed"),
        (token(aud="http://127.0.0.1:8888/api/v1/hubs/other"), "The audience is invalid: expected"),
        (token(aud=None), "The audience is invalid"),
        (token(aud=7), "The audience is invalid"),
        (token(aud=[7, {}]), "The audience is invalid"),
        (token(exp=NOW - 300), "The token expired at '2023-11-14T22:08:20+00:00'; it is now"),
        (token(exp=math.nan), "The token expired at 'nan'"),
        (token(exp=-(10**30)), "The token expired at"),
        ("garbage", "malformed"),
        ("a.b.c", "malformed"),
        ("\udcff.\udcfe.x", "malformed"),
        (hand_made("[" * 2900, signature="AAAA"), "malformed"),
        ("x" * (LONGEST_TOKEN + 1), "too long: 4097 characters, at most 4096"),
    ],
    ids=[
        "another key",
        "a changed signature",
        "algorithm none",
        "algorithm RS256",
        "algorithm HS384",
        "no algorithm",
        "an algorithm that is no text",
        "no expiration time",
        "true as expiration time",
        "a signature that is no base64",
        "another audience",
        "no audience",
        "a number as audience",
        "a list without text as audience",
        "an expiration time at the skew's edge",
        "no number as expiration time",
        "an expiration time before all calendars",
        "no segments",
        "segments that are no base64",
        "bytes that are no UTF-8",
        "a header of nested brackets",
        "too many characters",
    ],
)
def test_token_is_refused_with(bad: str, text: str) -> None:
    error = refusal(bad)
    assert text in error.message
    assert error.challenge.startswith('Bearer error="invalid_token", error_description="')


def test_text_as_expiration_time_is_refused() -> None:
    # PyJWT does not encode such a claim, so it is put together from its parts.
    payload = json.dumps({**GOOD, "exp": str(NOW + 60)}).encode()
    assert "no expiration time" in refusal(jwt.api_jws.encode(payload, PUBLISHED_ACCESS_KEY)).message


def test_key_confusion_is_refused_whatever_the_header_says() -> None:
    signed = token().split(".")
    confused = ".".join([base64url(b'{"alg":"RS256","typ":"JWT"}'), *signed[1:]])
    assert "The algorithm is not one of" in refusal(confused).message


def test_a_token_of_the_greatest_length_is_read() -> None:
    assert "malformed" in refusal("x" * LONGEST_TOKEN).message


def test_a_refusal_never_repeats_the_token() -> None:
    bad = token(OTHER_KEY)
    assert bad not in refusal(bad).challenge
    assert bad.split(".")[2] not in refusal(bad).challenge


@pytest.mark.parametrize(
    ("claims", "user_id"),
    [
        ({"asrs.s.uid": "a", "nameid": "b", "sub": "c"}, "a"),
        ({"nameid": "b", "sub": "c"}, "b"),
        ({"sub": "c"}, "c"),
        ({"asrs.s.uid": "", "nameid": None, "sub": 7}, "7"),
        ({}, None),
    ],
)
def test_the_user_is_told_by_the_first_claim_that_names_one(claims: dict[str, object], user_id: str | None) -> None:
    assert user_id_of(claims) == user_id
