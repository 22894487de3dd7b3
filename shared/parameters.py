"""Parameters: the service's rules for names, ids and durations, checked before any request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from shared.errors import InvalidParameterError

# The pattern that the service publishes; it also rules out the hyphen, which most people try first.
_HUB = re.compile(r"[A-Za-z][A-Za-z0-9_`,.[\]]{0,127}")
_GROUP = re.compile(r"(?!\s+\Z)[^\n]{1,1024}")
_INT32_MAX = 2**31 - 1

HUB_RULE = (
    "must be 1 to 128 characters, a letter first, then only letters, digits and _ ` , . [ ] (no hyphen, no space)"
)


def checked_hub(hub: str) -> str:
    """Return the hub in lower case, as the service stores it."""
    if not isinstance(hub, str) or not _HUB.fullmatch(hub):
        raise InvalidParameterError("hub", HUB_RULE)
    return hub.lower()


def is_access_key(text: str) -> bool:
    return bool(text) and text.isprintable() and " " not in text


def checked_group(group: str) -> str:
    checked_id("group", group)
    if not _GROUP.fullmatch(group):
        raise InvalidParameterError("group", "must be 1 to 1,024 characters, not all spaces, without a line feed")
    return group


def checked_id(parameter: str, value: str) -> str:
    """Return a value that stands as one segment in a path: a user id, a connection id, a group."""
    checked_text(parameter, value)
    if not value:
        raise InvalidParameterError(parameter, "must not be empty")
    if value in {".", ".."}:
        # RFC 3986 5.2.4 removes these segments, and ASP.NET's server, which the service runs on, does so after it has
        # decoded %2E: a message to the user ".." would arrive at everyone.
        raise InvalidParameterError(parameter, 'must not be "." or "..", which a URL path cannot carry')
    return value


def checked_text(parameter: str, value: str) -> str:
    if not isinstance(value, str):
        raise InvalidParameterError(parameter, f"must be text, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidParameterError(parameter, "must not hold half of a surrogate pair") from None
    return value


def checked_excluded(excluded: Sequence[str]) -> list[str]:
    if isinstance(excluded, str):
        raise InvalidParameterError("excluded", "must be a list of connection ids, not one text")
    return [checked_id("excluded", connection_id) for connection_id in excluded]


def whole_seconds(parameter: str, duration: timedelta, *, least: int = 0) -> int:
    """Return the duration in whole seconds, rounded down, as the service takes it (a 32-bit number)."""
    if not isinstance(duration, timedelta):
        raise InvalidParameterError(parameter, "must be a timedelta")
    seconds = duration.total_seconds()
    # Compared before rounding, which goes towards zero: -0.5 s is negative too.
    if seconds < least:
        raise InvalidParameterError(parameter, f"must be at least {least} seconds")
    if seconds > _INT32_MAX:
        raise InvalidParameterError(parameter, f"must be at most {_INT32_MAX:,} seconds")
    return int(seconds)


def checked_whole(parameter: str, value: int, most: int) -> str:
    """Return a whole number from 1 to `most` as text."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise InvalidParameterError(parameter, f"must be a whole number from 1 to {most:,}")
    return str(value)
