"""Refusals: what an answer's headers may carry of a caller's own text."""

from __future__ import annotations

import pytest

from emulator.errors import InvalidRequestError, UnauthorizedError


@pytest.mark.parametrize(
    ("message", "description"),
    [
        ("plain", "plain"),
        ('a "b" \\c', "a ?b? ?c"),
        ("a\r\nSet-Cookie: x", "a??Set-Cookie: x"),
        ("é…", "??"),
        ("x" * 500, "x" * 400),
    ],
)
def test_challenge_is_a_safe_header_whatever_the_token_said(message: str, description: str) -> None:
    expected = f'Bearer error="invalid_token", error_description="{description}"'
    assert UnauthorizedError(message).challenge == expected


def test_a_refused_parameter_is_named_first() -> None:
    error = InvalidRequestError("ttl", "must be a number.")
    assert (error.target, str(error), error.status) == ("ttl", "ttl: must be a number.", 400)
