"""Client tokens: the claims that the service reads, and the ones that a caller may not set."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared import AccessKeyCredential, ClientAccessToken, InvalidParameterError
from shared.client_tokens import client_url, signed_client_token
from tests.shared.test_credentials import KEY, Clock, decoded

AUDIENCE = "https://aaa/client/?hub=chat"


def claims_of(**options: Any) -> dict[str, Any]:
    return decoded(token_of(**options))


def token_of(
    user_id: str | None = None, lifetime: timedelta = timedelta(hours=1), claims: dict[str, Any] | None = None
) -> str:
    credential = AccessKeyCredential(KEY, clock=Clock())
    return signed_client_token(credential, AUDIENCE, user_id=user_id, lifetime=lifetime, claims=claims)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"user_id": "ann"}, {"nameid": "ann"}),
        ({"user_id": "ä/ /😀"}, {"nameid": "ä/ /😀"}),
        ({"claims": {"role": ["a", "b"], "level": 1}}, {"role": ["a", "b"], "level": 1}),
        ({"claims": {"asrs.s.derror": "True"}}, {"asrs.s.derror": "True"}),
        (
            {"user_id": "ann", "claims": {"aud": "x", "exp": 1, "iat": 1, "nbf": 1, "iss": "x"}},
            {"nameid": "ann", "asrs.u.aud": "x", "asrs.u.exp": 1, "asrs.u.iat": 1, "asrs.u.nbf": 1, "asrs.u.iss": "x"},
        ),
        (
            {"claims": dict.fromkeys(("actort", "acr", "azp", "c_hash", "jti", "nonce"), "x")},
            dict.fromkeys(
                ("asrs.u.actort", "asrs.u.acr", "asrs.u.azp", "asrs.u.c_hash", "asrs.u.jti", "asrs.u.nonce"), "x"
            ),
        ),
    ],
)
def test_a_client_token_holds_these_claims(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert claims_of(**options) == {**expected, "aud": AUDIENCE, "exp": 1_700_003_600}


@pytest.mark.parametrize(
    "name", ["nameid", "sub", "asrs.s.uid", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"]
)
def test_a_claim_cannot_say_who_the_user_is(name: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"^claims must not hold .* say it as user_id"):
        token_of(user_id="ann", claims={name: "mallory"})


@pytest.mark.parametrize("claims", [{"a": float("nan")}, {"a": object()}, {"": 1}, {1: 1}, {"a": {1, 2}}])
def test_a_claim_is_a_named_json_value(claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError, match=r"^claims must"):
        token_of(claims=claims)


@pytest.mark.parametrize("user_id", ["", ".", "..", "\ud800", 5])
def test_a_user_id_that_no_operation_could_reach_is_refused(user_id: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"^user_id must"):
        token_of(user_id=user_id)


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=-1), timedelta.max, 3600])
def test_a_lifetime_is_a_positive_duration(lifetime: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"^lifetime must"):
        token_of(lifetime=lifetime)


def fits(size: int) -> bool:
    try:
        token_of(claims={"a": "x" * size})
    except InvalidParameterError:
        return False
    return True


def test_a_token_up_to_the_limit_is_made_and_a_longer_one_names_the_claims_by_size() -> None:
    longest = next(size for size in range(2960, 2900, -1) if fits(size))
    assert len(token_of(claims={"a": "x" * longest})) in (4095, 4096)
    with pytest.raises(InvalidParameterError, match=r"^claims make a token of 4,\d+ characters"):
        token_of(claims={"a": "x" * (longest + 1)})
    with pytest.raises(
        InvalidParameterError, match=r"limit is 4,096; characters of each: big 3,011, nameid 17, small 14"
    ):
        token_of(user_id="ann", claims={"small": "x", "big": "x" * 3000})


def test_a_client_url_names_the_hub_and_the_token_is_not_shown() -> None:
    access = ClientAccessToken(client_url("https://aaa:1/base", "a[1]"), "TopSecret")
    assert access.url == "https://aaa:1/base/client/?hub=a%5B1%5D"
    assert "TopSecret" not in repr(access)
