"""`:execute`: commands, for whom they are, and what is refused whole."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.emulator.rest.calls import call, refused
from tests.emulator.wire import Answer, WireEmulator, running_emulator


def say(target: str) -> dict[str, object]:
    return {"type": "SendMessage", "message": {"target": target}}


async def execute(emulator: WireEmulator, commands: object, filter_text: str | None = None, **options: Any) -> Answer:
    query = "" if filter_text is None else f"?filter={quote(filter_text, safe='')}"
    return await call(emulator, "POST", f"chat/:execute{query}", commands, **options)


@pytest.mark.parametrize(
    ("filter_text", "expected"),
    [
        (None, ["ann", "bob", "anonymous"]),
        ("userId eq 'ann'", ["ann"]),
        ("userId in ('ann', 'bob', 'nobody')", ["ann", "bob"]),
        ("userId eq null", ["anonymous"]),
        ("'news' in groups", ["ann", "anonymous"]),
        ("'news' in groups and userId ne null or userId eq 'bob'", ["ann", "bob"]),
        ("not ('news' in groups)", ["bob"]),
        ("startswith(userId, 'a')", ["ann"]),
        ("connectionId eq '{bob}'", ["bob"]),
        ("connectionId in ('{ann}', '{bob}', 'x')", ["ann", "bob"]),
        ("connectionId eq 'x'", []),
        ("userId eq 'ann' or connectionId eq '{ann}' or 'news' in groups", ["ann", "anonymous"]),
    ],
)
async def test_a_message_reaches_whom_the_filter_is_for(filter_text: str | None, expected: list[str]) -> None:
    async with running_emulator() as emulator:
        clients = {
            "ann": await emulator.open(user_id="ann"),
            "bob": await emulator.open(user_id="bob"),
            "anonymous": await emulator.open(),
        }
        ids = {name: client.connection_id for name, client in clients.items()}
        for name in ("ann", "anonymous"):
            await call(emulator, "PUT", f"chat/groups/news/connections/{ids[name]}")
        if filter_text is not None:
            filter_text = filter_text.format_map(ids)
        answer = await execute(emulator, [say("a")], filter_text)
        assert (answer.status, answer.body) == (202, b"")
        received = await emulator.received(list(clients.values()))
        assert received == [["a"] if name in expected else [] for name in clients]


async def test_commands_are_carried_out_in_their_order_for_those_chosen_at_first() -> None:
    async with running_emulator() as emulator:
        ann, bob = await emulator.open(user_id="ann"), await emulator.open(user_id="bob")
        await call(emulator, "PUT", f"chat/groups/old/connections/{ann.connection_id}")
        commands = [
            {"type": "LeaveGroup", "group": "old"},
            {"type": "JoinGroup", "group": "new"},
            say("first"),
            say("second"),
        ]
        assert (await execute(emulator, commands, "'old' in groups")).status == 202
        for group in ("old", "new"):
            await call(emulator, "POST", f"chat/groups/{group}/:send", {"target": group})
        assert await emulator.received([ann, bob]) == [["first", "second", "new"], []]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ({"type": "CloseConnection", "reason": "enough"}, "enough"),
        ({"type": "CloseConnection", "reason": None}, None),
        ({"type": "CloseConnection"}, None),
    ],
)
async def test_what_comes_after_a_close_reaches_nobody(command: dict[str, object], error: str | None) -> None:
    async with running_emulator() as emulator:
        ann, bob = await emulator.open(user_id="ann", **{"asrs.s.derror": "True"}), await emulator.open()
        commands = [say("before"), command, say("after"), {"type": "JoinGroup", "group": "news"}, command]
        assert (await execute(emulator, commands, "userId eq 'ann'")).status == 202
        assert (await ann.next())["target"] == "before"
        close = await ann.next()
        assert (close["type"], close.get("error"), close["allowReconnect"]) == (7, error, True)
        assert await ann.close_code() == 1000
        assert (await call(emulator, "HEAD", "chat/groups/news")).status == 404
        assert await emulator.received([bob]) == [[]]


async def test_one_command_alone_and_names_in_any_case_are_taken() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        command = {"Type": "SendMessage", "MESSAGE": {"Target": "a", "Arguments": [1]}}
        assert (await execute(emulator, command)).status == 202
        assert await ann.next() == {"type": 1, "target": "a", "arguments": [1]}
        assert (await execute(emulator, [])).status == 202
        assert await emulator.received([ann]) == [[]]


@pytest.mark.parametrize(
    ("commands", "target", "message"),
    [
        (1, "commands", "commands: Expected `object | array`, got `int`."),
        ([1], "commands", "commands: Expected `object`, got `int` - at `$[0]`."),
        ([{}], "commands[0].type", "commands[0].type: is required."),
        (
            [say("a"), {"type": "Dance"}],
            "commands[1].type",
            "commands[1].type: 'Dance' is none of SendMessage, JoinGroup, LeaveGroup, CloseConnection.",
        ),
        ([{"type": "joingroup", "group": "a"}], "commands[0].type", "commands[0].type: 'joingroup' is none of "),
        ([{"type": 1}], "commands[0].type", "commands[0].type: Expected `str`, got `int`."),
        ({"type": "SendMessage"}, "commands[0].message", "commands[0].message: is required."),
        (
            [{"type": "SendMessage", "message": {}}],
            "commands[0].message.target",
            "commands[0].message.target: is required",
        ),
        (
            [{"type": "SendMessage", "message": 1}],
            "commands[0].message.payload",
            "commands[0].message.payload: the body must",
        ),
        ([{"type": "JoinGroup"}], "commands[0].group", "commands[0].group: is required."),
        (
            [{"type": "JoinGroup", "group": " "}],
            "commands[0].group",
            "commands[0].group: must have 1 to 1024 characters",
        ),
        (
            [{"type": "LeaveGroup", "group": None}],
            "commands[0].group",
            "commands[0].group: Expected `str`, got `null`.",
        ),
        ([{"type": "CloseConnection", "reason": 1}], "commands[0].reason", "commands[0].reason: Expected `str | null`"),
    ],
)
async def test_a_bad_command_is_named_and_none_is_carried_out(commands: object, target: str, message: str) -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        assert refused(await execute(emulator, commands), target).startswith(message)
        assert await emulator.received([ann]) == [[]]


@pytest.mark.parametrize("body", [b"", b"[", b'[{"type":"\xff"}]', b"[" * 100_000, b"[{}" + b" " * 2_000_000])
async def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    async with running_emulator() as emulator:
        answer = await execute(emulator, None, body=body)
        refused(answer, *(("payload", 413) if len(body) > 1_048_576 else ("commands", 400)))


async def test_commands_are_json_only() -> None:
    async with running_emulator() as emulator:
        answer = await execute(emulator, None, body=json.dumps([say("a")]).encode(), content_type="text/plain")
        message = refused(answer, "Content-Type", 415)
    assert message == "Content-Type: 'text/plain' is not read here; use application/json."


@pytest.mark.parametrize(
    ("filter_text", "message"),
    [
        ("userId = 'ann'", "filter: at character 8: unexpected '='."),
        ("", "filter: at character 1: expected a value, found the end."),
        ("userId eq 'ann' and", "filter: at character 20: expected a value, found the end."),
    ],
)
async def test_a_bad_filter_is_400_and_its_position_is_told(filter_text: str, message: str) -> None:
    async with running_emulator() as emulator:
        assert refused(await execute(emulator, [say("a")], filter_text), "filter") == message
