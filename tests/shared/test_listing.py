"""Listing: pages are fetched when they are reached, and a link is followed only as far as its query."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from shared import HttpResponseError
from shared import operations as ops
from shared.listing import group_members
from shared.operation import HubPaths, Operation
from shared.results import GroupMember

FIRST = ops.list_connections_in_group(HubPaths("chat"), "a/b")


class Pages:
    """Answers one page after the other, and remembers what it was asked."""

    def __init__(self, *pages: object) -> None:
        self.pages = [page if isinstance(page, bytes) else json.dumps(page).encode() for page in pages]
        self.asked: list[Operation] = []

    def send(self, operation: Operation) -> bytes:
        self.asked.append(operation)
        return self.pages[len(self.asked) - 1]


def page(ids: Sequence[str], link: str | None = None) -> dict[str, object]:
    return {"value": [{"connectionId": found} for found in ids], "nextLink": link}


def test_a_page_is_fetched_when_its_first_member_is_asked_for() -> None:
    pages = Pages(page(["a", "b"], "https://x/y?continuationToken=t%2B1&api-version=2024-12-01"), page(["c"]))
    members = group_members([pages], FIRST, None)
    assert pages.asked == []
    assert [next(members), next(members)] == [GroupMember("a"), GroupMember("b")]
    assert len(pages.asked) == 1
    assert list(members) == [GroupMember("c")]
    assert [operation.path_and_query for operation in pages.asked] == [
        "/api/hubs/chat/groups/a%2Fb/connections?api-version=2024-12-01",
        "/api/hubs/chat/groups/a%2Fb/connections?continuationToken=t%2B1&api-version=2024-12-01",
    ]


def test_no_page_is_fetched_beyond_the_top() -> None:
    pages = Pages(page(["a", "b"], "https://x/y?continuationToken=1"))
    assert len(list(group_members([pages], FIRST, 2))) == 2
    assert len(pages.asked) == 1


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"[]",
        b"{}",
        {"value": [{}]},
        {"value": ["a"]},
        {"value": None},
        page([], "https://x/y"),
        page([], 5),  # type: ignore[arg-type]  # what a service should never say
        page([], "https://x/y?api-version=2024-12-01"),
        page([], "https://x/y?continuationToken=1"),
    ],
)
def test_what_is_no_page_is_an_error_and_not_an_endless_list(broken: object) -> None:
    with pytest.raises(HttpResponseError, match="no page of connections"):
        list(group_members([Pages(broken, broken)], FIRST, None))
