"""Signing: what PyJWT itself reads back."""

from __future__ import annotations

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.signing import Signer
from tests.shared.test_credentials import KEY


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text()), max_size=5))
def test_whatever_is_signed_is_read_back_by_pyjwt(claims: dict[str, object]) -> None:
    named = {f"x{name}": value for name, value in claims.items()}
    assert jwt.decode(Signer(KEY).sign(named), KEY, algorithms=["HS256"]) == named


@pytest.mark.parametrize(
    ("key_id", "header"), [(None, {"alg": "HS256", "typ": "JWT"}), ("k", {"alg": "HS256", "kid": "k", "typ": "JWT"})]
)
def test_the_header_names_the_key_where_there_are_several(key_id: str | None, header: dict[str, str]) -> None:
    assert jwt.get_unverified_header(Signer(KEY, key_id).sign({})) == header


def test_a_signer_shows_no_key() -> None:
    assert repr(Signer(KEY)) == "Signer(****)"
