"""The published rules for names in requests; each check returns the name or refuses it with the rule."""

from __future__ import annotations

import re

from emulator.errors import InvalidRequestError

_HUB = re.compile(r"[A-Za-z][A-Za-z0-9_`,.\[\]]{0,127}")
_HUB_RULE = (
    "'{name}' is not a valid name: 1 to 128 characters, a letter first, then letters, digits and _ ` , . [ ] "
    "(no hyphen, no space)."
)
LONGEST_GROUP = 1024


def hub(name: str, parameter: str = "hub") -> str:
    """A hub's or an application's name."""
    if not _HUB.fullmatch(name):
        raise InvalidRequestError(parameter, _HUB_RULE.format(name=name[:200]))
    return name


def group(name: str) -> str:
    if not 1 <= len(name) <= LONGEST_GROUP or name.isspace() or "\n" in name:
        raise InvalidRequestError(
            "group", f"must have 1 to {LONGEST_GROUP} characters, not only white space and no line feed."
        )
    return name


def present(name: str, parameter: str) -> str:
    """A user id or a connection id: anything but nothing."""
    if not name:
        raise InvalidRequestError(parameter, "must not be empty.")
    return name
