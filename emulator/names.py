"""The published rules for names in requests; each check returns the name or refuses it with the rule."""

from __future__ import annotations

import re

from emulator.errors import InvalidRequestError

_HUB = re.compile(r"[A-Za-z][A-Za-z0-9_`,.\[\]]{0,127}")
_HUB_RULE = (
    "'{name}' is not a valid name: 1 to 128 characters, a letter first, then letters, digits and _ ` , . [ ] "
    "(no hyphen, no space)."
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
LONGEST_GROUP = 1024
LONGEST_USER = 1024
LONGEST_STREAM_ID = 100


def hub(name: str, parameter: str = "hub") -> str:
    """A hub's or an application's name."""
    if not _HUB.fullmatch(name):
        raise InvalidRequestError(parameter, _HUB_RULE.format(name=name[:200]))
    return name


def group(name: str, parameter: str = "group") -> str:
    return _text(name, parameter, LONGEST_GROUP)


def stream_id(name: str, parameter: str = "streamId") -> str:
    return _text(name, parameter, LONGEST_STREAM_ID)


def _text(name: str, parameter: str, longest: int) -> str:
    if not 1 <= len(name) <= longest or name.isspace() or "\n" in name:
        raise InvalidRequestError(
            parameter, f"must have 1 to {longest} characters, not only white space and no line feed."
        )
    return name


def user(name: str, parameter: str = "user") -> str:
    """A user id where its length is bounded: to close the user's connections."""
    if not 1 <= len(name) <= LONGEST_USER:
        raise InvalidRequestError(parameter, f"must have 1 to {LONGEST_USER} characters.")
    return name


def present(name: str, parameter: str) -> str:
    """A user id or a connection id: anything but nothing."""
    if not name:
        raise InvalidRequestError(parameter, "must not be empty.")
    return name


def utf8(text: str, parameter: str) -> str:
    """Any parameter: bytes of the request line that are no UTF-8 are read as surrogates, which nothing can write."""
    if _SURROGATE.search(text):
        raise InvalidRequestError(parameter, "is not UTF-8.")
    return text
