"""docs/emulator.md: every option stands in it, with the default that it has."""

from __future__ import annotations

import re

from emulator import options
from tests.processes import ROOT

DOCUMENT = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")
# One row of the table of options: its name and its default.
ROW = re.compile(r"^\| `(--[a-z-]+)` \| (.+?) \|", re.MULTILINE)
# What an option without a value of its own has instead of a default, in words.
IN_WORDS = {False: "off", None: "none"}
OTHER_WORDS = {"--endpoint": "none", "--access-key": "the published key", "--identity": "none"}


def test_every_option_is_documented_with_its_default() -> None:
    actions = [action for action in options._parser()._actions if action.dest != "help"]
    defaults = {
        action.option_strings[0]: OTHER_WORDS.get(action.option_strings[0])
        or IN_WORDS.get(action.default, f"`{action.default}`")
        for action in actions
    }
    assert dict(ROW.findall(DOCUMENT)) == defaults


def test_the_connection_string_to_copy_is_the_published_one() -> None:
    strings = set(re.findall(r"^Endpoint=http://localhost;\S+$", DOCUMENT, re.MULTILINE))
    key = options.PUBLISHED_ACCESS_KEY
    assert strings == {f"Endpoint=http://localhost;Port={options.DEFAULT_PORT};AccessKey={key};Version=1.0;"}
