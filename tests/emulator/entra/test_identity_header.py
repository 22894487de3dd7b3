"""IDENTITY_HEADER: which texts are good for it, and the file that keeps one that the emulator made."""

from __future__ import annotations

import os

import pytest

from emulator.entra.identity_header import checked_secret, kept_in_a_file, new_secret


def test_every_secret_is_new_and_good_for_a_header() -> None:
    assert new_secret() != new_secret()
    assert len(checked_secret(new_secret())) >= 32


@pytest.mark.parametrize("text", ["two words", "line\nbreak", "schlüssel", "tab\t", "\x7f"])
def test_a_secret_that_no_header_carries_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="IDENTITY_HEADER may have ASCII letters") as refused:
        checked_secret(text)
    assert text not in str(refused.value)


def test_the_file_is_for_its_owner_alone_and_gone_at_the_end() -> None:
    with kept_in_a_file("secret") as path:
        assert path.read_text() == "secret"
        if os.name != "nt":
            assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()


def test_a_file_that_its_user_removed_is_no_error() -> None:
    with kept_in_a_file("secret") as path:
        path.unlink()
