"""Listing a group's connections in pages.

A page goes on where the last one ended, in the order in which connections joined the group. Who stays in the group
throughout is listed once, whoever else comes or goes.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

from msgspec import Struct

from emulator.connection import Connection
from emulator.errors import InvalidRequestError
from emulator.rest import versions
from emulator.rest.call import Call

LARGEST_PAGE = 200
_LARGEST_NUMBER = 2**63


class GroupMember(Struct, rename="camel", omit_defaults=True):
    """A connection; the user id is left out where the client is anonymous."""

    connection_id: str
    user_id: str | None = None


class Page(Struct, rename="camel", omit_defaults=True):
    """`next_link` is the whole URL of the next page; left out on the last page."""

    value: list[GroupMember]
    next_link: str | None = None


def list_group_connections(call: Call) -> Page:
    """`top` bounds all pages together: each link asks for what is left of it."""
    size = call.query.integer("maxpagesize", least=1, most=LARGEST_PAGE)
    top = call.query.integer("top", least=1)
    after = _read_token(call.query.one("continuationToken"))
    limit = min(size or LARGEST_PAGE, top or LARGEST_PAGE)
    found = call.hub.members(call.group, after, limit + 1)
    members = found[:limit]
    left = None if top is None else top - limit
    next_link = None if len(found) <= limit or left == 0 else _link(call, size, left, members[-1])
    return Page([_member(member) for member in members], next_link)


def _member(connection: Connection) -> GroupMember:
    user_id = connection.user_id
    # A token can name a user whom nothing can write: JSON text may hold half a surrogate pair.
    return GroupMember(connection.connection_id, user_id and user_id.encode(errors="replace").decode())


def _link(call: Call, size: int | None, top: int | None, last: Connection) -> str:
    query = {
        "top": top,
        "maxpagesize": size,
        "application": call.query.one("application"),
        "continuationToken": _token(last.groups[call.group]),
        versions.PARAMETER: call.query.one(versions.PARAMETER),
    }
    return str(call.url.with_query({name: value for name, value in query.items() if value is not None}))


def _token(number: int) -> str:
    return urlsafe_b64encode(f"after {number}".encode()).decode().rstrip("=")


def _read_token(token: str | None) -> int:
    if token is None:
        return 0
    try:
        word, _, number = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition(" ")
        if word == "after" and 0 < int(number) < _LARGEST_NUMBER and _token(int(number)) == token:
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise InvalidRequestError("continuationToken", "is not one that a nextLink of this list carried.")
