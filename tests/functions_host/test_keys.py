"""Keys: which of them opens what, and the file they are kept in."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from functions_host.errors import SettingsError
from functions_host.functions import AuthLevel, HttpFunction
from functions_host.keys import KEYS_FILE, Keys, read_keys

KEYS = Keys("master", "host", {"mine": "own", "other": "others"})


@pytest.mark.parametrize(
    ("level", "opened_by"),
    [
        (AuthLevel.ANONYMOUS, {"master", "host", "own", "others", "wrong", "ü", "", None}),
        (AuthLevel.FUNCTION, {"master", "host", "own"}),
        (AuthLevel.ADMIN, {"master"}),
    ],
)
def test_each_level_is_opened_by_its_keys(level: AuthLevel, opened_by: set[str | None]) -> None:
    function = HttpFunction("mine", "mine", frozenset(), level, "req")
    keys = ["master", "host", "own", "others", "wrong", "ü", "", None]
    assert {key for key in keys if KEYS.admit(function, key)} == opened_by


def test_an_empty_key_opens_nothing_even_where_a_key_is_missing() -> None:
    function = HttpFunction("new", "new", frozenset(), AuthLevel.FUNCTION, "req")
    assert not KEYS.admit(function, "")


def test_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    first = read_keys(tmp_path, ["a"])
    second = read_keys(tmp_path, ["a", "b"])
    assert (second.master, second.host, second.functions["a"]) == (first.master, first.host, first.functions["a"])
    assert len({first.master, first.host, *second.functions.values()}) == 4
    assert min(map(len, [first.master, first.host, *second.functions.values()])) >= 40


def test_keys_have_no_repr(tmp_path: Path) -> None:
    keys = read_keys(tmp_path, ["a"])
    assert not [key for key in (keys.master, keys.host, keys.functions["a"]) if key in repr(keys)]


def test_a_host_key_of_the_environment_replaces_the_files(tmp_path: Path) -> None:
    assert read_keys(tmp_path, [], host_key="chosen").host == "chosen"
    assert "chosen" not in (tmp_path / KEYS_FILE).read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_can_read_the_keys(tmp_path: Path) -> None:
    read_keys(tmp_path, [])
    assert stat.S_IMODE((tmp_path / KEYS_FILE).stat().st_mode) == 0o600


@pytest.mark.skipif(not shutil.which("git"), reason="git is missing")
def test_git_does_not_see_the_keys(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    read_keys(tmp_path, [])
    status = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert status.stdout == ""


@pytest.mark.parametrize("text", ["{", "[]", '{"functionKeys": 5}'])
def test_a_broken_keys_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / KEYS_FILE).parent.mkdir()
    (tmp_path / KEYS_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"keys\.json cannot be used"):
        read_keys(tmp_path, [])


def test_the_keys_file_is_plain_json(tmp_path: Path) -> None:
    keys = read_keys(tmp_path, ["a"])
    content = json.loads((tmp_path / KEYS_FILE).read_text(encoding="utf-8"))
    assert content == {"masterKey": keys.master, "hostKey": keys.host, "functionKeys": {"a": keys.functions["a"]}}
