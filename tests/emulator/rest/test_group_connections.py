"""Listing a group's connections: pages, links, and connections that come and go meanwhile."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from emulator.rest.body import Body
from emulator.rest.call import Call
from emulator.rest.group_connections import Page, list_group_connections
from emulator.rest.query import Query
from tests.emulator.offline import OfflineService
from tests.emulator.rest.calls import call, refused
from tests.emulator.wire import WireEmulator, running_emulator, signed

ADDRESS = "http://127.0.0.1:8888/api/hubs/chat/groups/news/connections"


def listed(service: OfflineService, query: str) -> Page:
    return list_group_connections(
        Call(
            service=service.service,
            hub=service.hub,
            url=URL(ADDRESS),
            path={"hub": "chat", "group": "news"},
            query=Query(parse_qsl(query)),
            body=Body("", b""),
        )
    )


def pages(service: OfflineService, query: str) -> list[list[str]]:
    """The connection ids of all pages, each but the first found by its link alone."""
    found = []
    link: str | None = f"{ADDRESS}?{query}"
    while link is not None:
        page = listed(service, urlsplit(link).query)
        found.append([member.connection_id for member in page.value])
        link = page.next_link
    return found


def in_group(service: OfflineService, count: int) -> list[str]:
    clients = [service.opened(f"user{number}") for number in range(count)]
    for client in clients:
        service.hub.add_connection_to_group("news", client.connection_id)
    return [client.connection_id for client in clients]


@pytest.mark.parametrize(
    ("query", "sizes"),
    [
        ("maxpagesize=2", [2, 2, 1]),
        ("maxpagesize=5", [5]),
        ("maxpagesize=4", [4, 1]),
        ("maxpagesize=200", [5]),
        ("", [5]),
        ("top=3", [3]),
        ("top=3&maxpagesize=2", [2, 1]),
        ("top=4&maxpagesize=2", [2, 2]),
        ("top=9&maxpagesize=2", [2, 2, 1]),
        ("top=2147483647", [5]),
    ],
)
def test_pages_hold_all_members_or_the_top_of_them(query: str, sizes: list[int]) -> None:
    service = OfflineService()
    members = in_group(service, 5)
    found = pages(service, query)
    assert [len(page) for page in found] == sizes
    assert list(chain.from_iterable(found)) == members[: sum(sizes)]


def test_a_page_holds_200_at_most() -> None:
    service = OfflineService()
    members = in_group(service, 401)
    found = pages(service, "")
    assert [len(page) for page in found] == [200, 200, 1]
    assert list(chain.from_iterable(found)) == members


def test_an_empty_group_is_one_empty_page() -> None:
    assert listed(OfflineService(), "top=1") == Page([])


def test_a_link_carries_all_that_the_next_call_needs() -> None:
    service = OfflineService()
    in_group(service, 5)
    link = listed(service, "top=4&maxpagesize=1&application=app&api-version=2024-12-01&x=y").next_link
    assert link is not None
    assert link.startswith(f"{ADDRESS}?")
    names = [name for name, _ in parse_qsl(urlsplit(link).query)]
    assert names == ["top", "maxpagesize", "application", "continuationToken", "api-version"]
    values = dict(parse_qsl(urlsplit(link).query))
    assert (values["top"], values["maxpagesize"], values["application"]) == ("3", "1", "app")


@given(st.lists(st.tuples(st.sampled_from(["join", "leave", "page"]), st.integers(0, 30)), max_size=60))
def test_who_stays_is_listed_once_whoever_comes_or_goes(events: list[tuple[str, int]]) -> None:
    service = OfflineService()
    staying = in_group(service, 8)
    passing = [service.opened() for _ in range(10)]
    for client in passing[::2]:
        service.hub.add_connection_to_group("news", client.connection_id)
    found: list[str] = []
    link: str | None = f"{ADDRESS}?maxpagesize=3"
    for event, number in events + [("page", 0)] * 20:
        connection_id = passing[number % len(passing)].connection_id
        if event == "join":
            service.hub.add_connection_to_group("news", connection_id)
        elif event == "leave":
            service.hub.remove_connection_from_group("news", connection_id)
        elif link is not None:
            page = listed(service, urlsplit(link).query)
            found += [member.connection_id for member in page.value]
            link = page.next_link
    assert link is None
    assert [connection_id for connection_id in found if connection_id in staying] == staying


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "token",
    ["", "x", "c2", "====", "%C3%A9", encoded("after"), encoded("after 0"), encoded("after -1"), encoded("after 01"),
     encoded("after " + "9" * 30), encoded("after " + "9" * 5000), encoded("before 1"), encoded("after 1") + "=",
     urlsafe_b64encode(b"after \xff").decode()],
)  # fmt: skip
async def test_a_token_that_no_link_carried_is_400(token: str) -> None:
    async with running_emulator() as emulator:
        answer = await call(emulator, "GET", f"chat/groups/news/connections?continuationToken={token}")
    message = "continuationToken: is not one that a nextLink of this list carried."
    assert refused(answer, "continuationToken") == message


async def followed(emulator: WireEmulator, link: str) -> Any:
    """A link is called as it stands; its token is for its path."""
    assert link.startswith(emulator.endpoint)
    token = signed(link.partition("?")[0])
    headers = {"Authorization": f"Bearer {token}"}
    answer = await emulator.request("GET", link.removeprefix(emulator.endpoint), headers=headers)
    assert answer.status == 200, answer
    return answer.json()


async def test_links_are_absolute_and_work_as_they_stand() -> None:
    async with running_emulator() as emulator:
        ann, anonymous = await emulator.open("app_chat", user_id="ann"), await emulator.open("app_chat")
        for client in (ann, anonymous):
            path = f"chat/groups/a%2Fb%20c/connections/{client.connection_id}?application=app"
            assert (await call(emulator, "PUT", path)).status == 200
        first = (await call(emulator, "GET", "chat/groups/a%2Fb%20c/connections?maxpagesize=1&application=app")).json()
        assert first["value"] == [{"connectionId": ann.connection_id, "userId": "ann"}]
        second = await followed(emulator, first["nextLink"])
        assert second == {"value": [{"connectionId": anonymous.connection_id}]}


async def test_a_user_whom_nothing_can_write_is_listed_nevertheless() -> None:
    async with running_emulator() as emulator:
        client = await emulator.open(user_id="\ud800")
        await call(emulator, "PUT", f"chat/groups/news/connections/{client.connection_id}")
        answer = await call(emulator, "GET", "chat/groups/news/connections")
    assert answer.json() == {"value": [{"connectionId": client.connection_id, "userId": "?"}]}
