"""The options of identities and keys on the command line: what they set, and how they say what is wrong."""

from __future__ import annotations

import pytest

from emulator.entra.identities import DEFAULT_IDENTITY, parse_identity
from emulator.options import PUBLISHED_ACCESS_KEY, parse

SECRET = "a-secret-of-the-test"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", SECRET)


def test_without_identities_the_environment_does_not_count() -> None:
    options = parse([])
    assert (options.identities, options.identity_header, options.loose) == ((), None, False)


def test_identity_without_a_value_is_the_default_one() -> None:
    options = parse(["--identity", "--port", "0"])
    assert options.identities == (parse_identity(DEFAULT_IDENTITY),)
    assert options.identity_header == SECRET
    assert options.access_keys == (PUBLISHED_ACCESS_KEY,)


def test_identities_add_up_and_access_keys_can_be_disabled() -> None:
    reader = "reader=SignalR REST API Reader"
    options = parse(["--identity", reader, "--identity", "nobody=", "--no-access-key", "--loose"])
    assert options.identities == (parse_identity(reader), parse_identity("nobody="))
    assert (options.access_keys, options.loose) == ((), True)


def test_without_the_published_key_any_address_may_be_listened_on() -> None:
    assert parse(["--host", "0.0.0.0", "--identity", "--no-access-key"]).host == "0.0.0.0"  # noqa: S104 - only parsed


def test_an_empty_secret_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "")
    assert parse(["--identity"]).identity_header is None


def test_options_show_no_secret() -> None:
    assert SECRET not in repr(parse(["--identity"]))


@pytest.mark.parametrize(
    ("arguments", "secret", "text"),
    [
        (["--identity", "app"], SECRET, "argument --identity: 'app' is not an identity: write NAME=ROLE"),
        (["--identity", "app=Owner"], SECRET, "argument --identity: 'Owner' is not a role; there are: SignalR Service"),
        (["--identity", "--identity"], SECRET, "--identity: two identities have the name 'system'."),
        (["--identity"], "two words", "the environment variable IDENTITY_HEADER may have ASCII letters"),
        (["--no-access-key"], SECRET, "--no-access-key needs --identity as well"),
        (["--no-access-key", "--identity", "--access-key", PUBLISHED_ACCESS_KEY], SECRET, "contradict each other"),
    ],
)
def test_a_bad_argument_is_refused_by_name(
    arguments: list[str], secret: str, text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", secret)
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    shown = capsys.readouterr().err
    assert ended.value.code == 2
    assert text in shown
    assert secret not in shown
