"""Issued keys: how long each signs, against a clock that the test moves."""

from __future__ import annotations

import pytest

from emulator.errors import UnauthorizedError
from emulator.issued_keys import TEMPORARY_KEY_SECONDS, IssuedKeys
from tests.emulator.offline import Clock


def test_a_temporary_key_is_good_for_90_minutes_and_not_a_second_longer() -> None:
    clock = Clock()
    keys = IssuedKeys(clock)
    issued = keys.issue()
    clock.advance(90 * 60 - 1)
    assert keys.find(issued.key_id) == issued.key.encode()
    clock.advance(1)
    with pytest.raises(UnauthorizedError) as refused:
        keys.find(issued.key_id)
    assert refused.value.message == (
        f"The signature key was not found: the temporary key '{issued.key_id}' expired at '2023-11-14T23:43:20+00:00'"
    )


def test_a_new_key_leaves_the_old_one_good_until_its_own_end() -> None:
    clock = Clock()
    keys = IssuedKeys(clock)
    old = keys.issue()
    clock.advance(55 * 60)
    new = keys.issue()
    assert (old.key_id, old.key) != (new.key_id, new.key)
    assert keys.find(old.key_id) == old.key.encode()
    clock.advance(35 * 60)
    with pytest.raises(UnauthorizedError):
        keys.find(old.key_id)
    assert keys.find(new.key_id) == new.key.encode()


def test_keys_that_expired_long_ago_are_forgotten_when_another_is_issued() -> None:
    clock = Clock()
    keys = IssuedKeys(clock)
    old = keys.issue()
    clock.advance(4 * TEMPORARY_KEY_SECONDS)
    keys.issue()
    assert keys.find(old.key_id) is None


def test_the_services_own_key_never_expires() -> None:
    clock = Clock()
    keys = IssuedKeys(clock)
    clock.advance(10 * 365 * 86_400)
    keys.issue()
    assert keys.find(keys.own.key_id) == keys.own.key.encode()


@pytest.mark.parametrize("key_id", [None, "", "-1895682698", 7, ["x"], {}])
def test_a_key_id_that_nobody_issued_is_no_error(key_id: object) -> None:
    assert IssuedKeys(Clock()).find(key_id) is None


def test_a_key_does_not_show_itself() -> None:
    issued = IssuedKeys(Clock()).issue()
    assert issued.key not in repr(issued)
