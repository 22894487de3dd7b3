"""The REST operations over the wire: every row's status, and who receives what."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.emulator.rest.rows import ROWS, Row
from tests.emulator.wire import MESSAGE, running_emulator

SWAGGER = Path(__file__).resolve().parents[3].parent / "shared" / "rest-operations.json"


@pytest.mark.skipif(not SWAGGER.is_file(), reason="the folder of shared facts is not here")
def test_the_rows_are_those_of_the_published_swagger() -> None:
    published = json.loads(SWAGGER.read_text(encoding="utf-8"))["versions"]["1.0"]["operations"]
    declared = {
        (operation["method"], re.sub(r"\{\w+\}", "*", operation["path"])): operation["responses"]
        for operation in published
    }
    del declared["HEAD", "/api/v1/health"]
    rows = {(row.method, "/api/v1/hubs/" + re.sub(r"chat|ann|news|\{connection\}", "*", row.path)): row for row in ROWS}
    assert rows.keys() == declared.keys()
    for key, row in rows.items():
        assert str(row.status) in declared[key], key


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_row_answers_success_where_everything_is_there(row: Row) -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open(user_id="ann")
        await emulator.rest("PUT", "chat/groups/news/users/ann")
        path = row.path.format(connection=ann.connection_id)
        answer = await emulator.rest(row.method, path, MESSAGE if row.has_message else None)
    assert (answer.status, answer.code, answer.body) == (row.status, None, b"")


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_row_answers_for_nobody(row: Row) -> None:
    async with running_emulator() as emulator:
        path = row.path.format(connection="nobody")
        answer = await emulator.rest(row.method, path, MESSAGE if row.has_message else None)
    assert (answer.status, answer.code) == ((404, row.code) if row.code else (row.status, None))
    assert answer.body == b""


async def test_every_send_reaches_exactly_the_right_clients() -> None:
    async with running_emulator() as emulator:
        phone, laptop = await emulator.open(user_id="ann"), await emulator.open(user_id="ann")
        bob, anonymous = await emulator.open(user_id="bob"), await emulator.open()
        await emulator.rest("PUT", "chat/groups/news/users/bob")
        await emulator.rest("PUT", f"chat/groups/news/connections/{laptop.connection_id}")
        sends = {
            "all": "chat",
            "excluded": f"chat?excluded={phone.connection_id}&excluded={bob.connection_id}",
            "user": "chat/users/ann",
            "group": "chat/groups/news",
            "group excluded": f"chat/groups/news?excluded={laptop.connection_id}",
            "connection": f"chat/connections/{anonymous.connection_id}",
            "other hub": "other",
        }
        for target, path in sends.items():
            assert (await emulator.rest("POST", path, {"target": target})).status == 202
        assert await emulator.received([phone, laptop, bob, anonymous]) == [
            ["all", "user"],
            ["all", "excluded", "user", "group"],
            ["all", "group", "group excluded"],
            ["all", "excluded", "connection"],
        ]


async def test_a_comma_in_excluded_is_part_of_an_id() -> None:
    async with running_emulator() as emulator:
        ann, bob = await emulator.open(), await emulator.open()
        await emulator.rest("POST", f"chat?excluded={ann.connection_id},{bob.connection_id}", {"target": "a"})
        assert await emulator.received([ann, bob]) == [["a"], ["a"]]


async def test_groups_are_joined_and_left() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open(user_id="ann")
        for method, path, target in [
            ("PUT", "chat/groups/a/users/ann", "1"),
            ("PUT", f"chat/groups/b/connections/{ann.connection_id}", "2"),
            ("DELETE", "chat/groups/a/users/ann", "3"),
            ("DELETE", f"chat/groups/b/connections/{ann.connection_id}", "4"),
            ("PUT", "chat/groups/b/users/ann", "5"),
            ("DELETE", "chat/users/ann/groups", "6"),
        ]:
            await emulator.rest(method, path)
            for group in ("a", "b"):
                await emulator.rest("POST", f"chat/groups/{group}", {"target": target + group})
        assert await emulator.received([ann]) == [["1a", "2a", "2b", "3b", "5b"]]


async def test_a_user_in_a_group_is_taken_in_with_its_next_connection() -> None:
    async with running_emulator() as emulator:
        await emulator.rest("PUT", "chat/groups/kept/users/ann?ttl=60")
        await emulator.rest("PUT", "chat/groups/gone/users/ann?ttl=0")
        ann = await emulator.open(user_id="ann")
        for group in ("kept", "gone"):
            await emulator.rest("POST", f"chat/groups/{group}", {"target": group})
        assert await emulator.received([ann]) == [["kept"]]


@pytest.mark.parametrize(
    ("claims", "query", "error"),
    [
        ({"asrs.s.derror": "True"}, "?reason=out%20of%20order", "out of order"),
        ({"asrs.s.derror": "True"}, "", None),
        ({}, "?reason=out%20of%20order", "Connection closed with an error."),
        ({}, "", None),
    ],
)
async def test_a_closed_connection_is_told_then_closed_with_1000(
    claims: dict[str, str], query: str, error: str | None
) -> None:
    async with running_emulator() as emulator:
        ann, bob = await emulator.open(**claims), await emulator.open()
        assert (await emulator.rest("DELETE", f"chat/connections/{ann.connection_id}{query}")).status == 202
        close = await ann.next_of_type(7)
        assert (close.get("error"), close["allowReconnect"]) == (error, True)
        assert await ann.close_code() == 1000
        assert (await emulator.rest("HEAD", f"chat/connections/{ann.connection_id}")).status == 404
        assert await emulator.received([bob]) == [[]]


@pytest.mark.parametrize(
    ("group", "user"), [("a%2Fb", "ann%2Fbob"), ("a%7Bb%7D", "%7B%7D"), ("%E2%82%AC%20%2B", "%25"), ("..", "%2e")]
)
async def test_names_are_percent_encoded_once(group: str, user: str) -> None:
    async with running_emulator() as emulator:
        path = f"chat/groups/{group}/users/{user}"
        assert (await emulator.rest("PUT", path)).status == 202
        assert (await emulator.rest("GET", path)).status == 200


async def test_a_slash_in_a_users_name_is_the_one_of_its_token() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open(user_id="ann/bob")
        await emulator.rest("POST", "chat/users/ann%2Fbob", {"target": "a"})
        await emulator.rest("POST", "chat/users/ann%252Fbob", {"target": "b"})
        assert await emulator.received([ann]) == [["a"]]


async def test_hubs_are_named_in_any_case() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open("Chat")
        await emulator.rest("POST", "CHAT", {"target": "a"})
        assert await emulator.received([ann]) == [["a"]]
