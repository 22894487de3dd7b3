"""Listing: the connections in a group, page by page, from one service endpoint after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from shared.errors import HttpResponseError
from shared.operation import Operation, Query
from shared.results import GroupMember


class Endpoint(Protocol):
    """What answers one page."""

    def send(self, operation: Operation) -> bytes | None: ...


def group_members(endpoints: Sequence[Endpoint], first: Operation, top: int | None) -> Iterator[GroupMember]:
    """Lazy: a page is asked for when its first member is."""
    return islice((member for endpoint in endpoints for member in _members(endpoint, first)), top)


def _members(endpoint: Endpoint, first: Operation) -> Iterator[GroupMember]:
    operation: Operation | None = first
    while operation is not None:
        members, following = _page(endpoint.send(operation) or b"")
        yield from members
        if following == operation.query:
            raise _broken()
        operation = None if following is None else replace(first, query=following)


def _page(body: bytes) -> tuple[list[GroupMember], Query | None]:
    try:
        page = json.loads(body)
        members = [_member(item) for item in page["value"]]
        link = page.get("nextLink")
        return members, _query(link) if link else None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise _broken() from None


def _member(item: Any) -> GroupMember:
    return GroupMember(item["connectionId"], item.get("userId"))


def _query(link: str) -> Query:
    """Only the query of the link counts: our token goes to our own endpoint, wherever a link points."""
    query = tuple(parse_qsl(urlsplit(link).query, keep_blank_values=True, strict_parsing=True))
    if not any(name == "continuationToken" for name, _ in query):
        raise _broken()
    return query


def _broken() -> HttpResponseError:
    return HttpResponseError(200, "the answer to list_connections_in_group is no page of connections")
