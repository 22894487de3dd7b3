"""One REST call, read and checked: what an operation gets to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from emulator import names
from emulator.errors import InvalidRequestError
from emulator.hub import Hub
from emulator.outgoing import OutgoingMessage

_INT32_MAX = 2**31 - 1

_CHECKS: Mapping[str, Callable[[str], str]] = {
    "hub": names.hub,
    "group": names.group,
    "user": partial(names.present, parameter="user"),
    "connection_id": partial(names.present, parameter="connectionId"),
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """The names in the path are checked; `now` is seconds since the epoch."""

    hub: Hub
    path: Mapping[str, str]
    excluded: frozenset[str]
    reason: str | None
    ttl: int | None
    message: OutgoingMessage | None
    now: float

    @property
    def group(self) -> str:
        return self.path["group"]

    @property
    def user(self) -> str:
        return self.path["user"]

    @property
    def connection_id(self) -> str:
        return self.path["connection_id"]

    @property
    def body(self) -> OutgoingMessage:
        assert self.message is not None, "only operations with a message read it"
        return self.message


def check_path(path: Mapping[str, str]) -> Mapping[str, str]:
    """The path's names, each against its published rule; raises InvalidRequestError."""
    for parameter, name in path.items():
        _CHECKS[parameter](name)
    return path


def read_ttl(text: str | None) -> int | None:
    """Seconds that a membership lasts: an int32 of 0 or more."""
    if text is None:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= _INT32_MAX:
        return int(text)
    raise InvalidRequestError("ttl", f"'{text[:50]}' is not a whole number of seconds from 0 to {_INT32_MAX}.")
