"""Commands and filters: their JSON and their OData."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared import InvalidParameterError, Message, MessageTooLargeError
from shared.commands import CloseConnection, JoinGroup, LeaveGroup, SendMessage, encoded_commands
from shared.filters import connection_is, filter_text, in_group, is_anonymous, user_is


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (
            SendMessage(Message("t", ["ä"])),
            [{"type": "SendMessage", "message": {"target": "t", "arguments": ["ä"]}}],
        ),
        (
            [JoinGroup('g"'), LeaveGroup("h"), CloseConnection(), CloseConnection("r")],
            [
                {"type": "JoinGroup", "group": 'g"'},
                {"type": "LeaveGroup", "group": "h"},
                {"type": "CloseConnection"},
                {"type": "CloseConnection", "reason": "r"},
            ],
        ),
    ],
)
def test_commands_are_a_json_list(commands: Any, expected: list[dict[str, Any]]) -> None:
    assert json.loads(encoded_commands(commands)) == expected


@pytest.mark.parametrize(
    ("commands", "parameter"),
    [([], "commands"), ("JoinGroup", "commands"), (None, "commands"), ([JoinGroup("g"), {"type": "x"}], "commands[1]")],
)
def test_what_is_no_command_is_refused(commands: Any, parameter: str) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        encoded_commands(commands)
    assert refused.value.parameter == parameter


@pytest.mark.parametrize(
    ("make", "parameter"),
    [
        (lambda: JoinGroup(" "), "group"),
        (lambda: LeaveGroup(""), "group"),
        (lambda: CloseConnection(5), "reason"),  # type: ignore[arg-type]  # a caller without a type checker
        (lambda: SendMessage("t"), "message"),  # type: ignore[arg-type]  # a caller without a type checker
    ],
)
def test_a_command_checks_what_it_holds(make: Any, parameter: str) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        make()
    assert refused.value.parameter == parameter


def test_commands_together_have_the_limit_of_every_body() -> None:
    half = SendMessage(Message("t", ["x" * 600_000]))
    with pytest.raises(MessageTooLargeError):
        encoded_commands([half, half])


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (user_is("o'ann"), "userId eq 'o''ann'"),
        (is_anonymous(), "userId eq null"),
        (connection_is("c"), "connectionId eq 'c'"),
        (in_group("g"), "'g' in groups"),
        (user_is("a") & in_group("g"), "(userId eq 'a') and ('g' in groups)"),
        (user_is("a") | ~in_group("g"), "(userId eq 'a') or (not ('g' in groups))"),
        ("userId eq 'x'", "userId eq 'x'"),
    ],
)
def test_a_filter_is_this_text(where: Any, text: str) -> None:
    assert filter_text(where) == text


@pytest.mark.parametrize("where", ["", "  ", 5, b"x"])
def test_an_empty_filter_does_not_mean_everyone(where: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"^where must"):
        filter_text(where)
