"""Names in requests: the published rules."""

from __future__ import annotations

import pytest

from emulator import names
from emulator.errors import InvalidRequestError


@pytest.mark.parametrize("name", ["c", "chat", "Chat_1", "a`,.[]", "a" * 128])
def test_hub_name_is_accepted(name: str) -> None:
    assert names.hub(name) == name


@pytest.mark.parametrize("name", ["", "1chat", "_chat", "my-hub", "my hub", "a" * 129, "chat\n", "chät", "a/b", "a{b}"])
def test_hub_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"(?s)^hub: .* is not a valid name: 1 to 128 characters") as refused:
        names.hub(name)
    assert refused.value.target == "hub"


def test_refusal_of_a_hub_name_names_the_parameter_and_shortens_the_name() -> None:
    with pytest.raises(InvalidRequestError, match=r"^application: ") as refused:
        names.hub("-" * 5000, "application")
    assert len(refused.value.message) < 400


@pytest.mark.parametrize("name", ["g", "a b", "a/b", " x ", "-", "…", "a" * 1024, "\tx"])
def test_group_name_is_accepted(name: str) -> None:
    assert names.group(name) == name


@pytest.mark.parametrize("name", ["", " ", "\t ", "a" * 1025, "a\nb"])
def test_group_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^group: must have 1 to 1024 characters"):
        names.group(name)


def test_user_and_connection_id_may_be_anything_but_nothing() -> None:
    assert names.present(" ", "user") == " "
    with pytest.raises(InvalidRequestError, match=r"^user: must not be empty"):
        names.present("", "user")
