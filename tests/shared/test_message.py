"""Messages: their JSON on the wire, and which values have none."""

from __future__ import annotations

import json
from collections import UserList
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import InvalidParameterError, Message, MessageTooLargeError
from shared.message import StreamItem

LIMIT = 1_048_576
EMPTY = len(b'{"target":"t","arguments":[""]}')


class Point(NamedTuple):
    x: int
    y: int


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("arguments", "encoded"),
    [
        ((), "[]"),
        (["a", 1, 1.5, True, None], '["a",1,1.5,true,null]'),
        ([{"a": [{"b": "ä😀"}]}], '[{"a":[{"b":"ä😀"}]}]'),
        ([2**53 + 1, -(2**63)], "[9007199254740993,-9223372036854775808]"),
        (["2024-01-01T00:00:00Z"], '["2024-01-01T00:00:00Z"]'),
        ([Point(1, 2)], "[[1,2]]"),
        (['"\\\n\x00'], r'["\"\\\n\u0000"]'),
        (list(range(12)), "[0,1,2,3,4,5,6,7,8,9,10,11]"),
        (UserList(["a"]), '["a"]'),
    ],
)
def test_a_message_is_compact_utf_8_json(arguments: Any, encoded: str) -> None:
    assert Message("newMessage", arguments).body == f'{{"target":"newMessage","arguments":{encoded}}}'.encode()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: st.lists(children) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), children),
)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.lists(JSON))
def test_every_json_value_survives(target: str, arguments: list[Any]) -> None:
    assert json.loads(Message(target, arguments).body) == {"target": target, "arguments": arguments}


@pytest.mark.parametrize(
    ("argument", "problem"),
    [
        (float("nan"), "JSON"),
        ([float("inf")], "JSON"),
        ({"a": -float("inf")}, "JSON"),
        (object(), "object"),
        (b"bytes", "bytes"),
        ({1, 2}, "set"),
        ({1: "a"}, "key that is not text but int"),
        ([{"a": ({True: "a"},)}], "key that is not text but bool"),
        ({None: 1}, "key that is not text but NoneType"),
        ({(1, 2): 1}, "tuple"),
        ("\ud800", "surrogate"),
        ({"\udc00": 1}, "surrogate"),
        (deep(100_000), "no JSON"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_without_json_is_refused_with_its_position(argument: Any, problem: str) -> None:
    with pytest.raises(InvalidParameterError, match=problem) as refused:
        Message("t", ["fine", argument])
    assert refused.value.parameter == "arguments[1]"


def test_a_value_that_holds_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(InvalidParameterError, match=r"^arguments\[0\] has no JSON"):
        Message("t", [circle])


@pytest.mark.parametrize("target", ["", None, 1, "\ud800"])
def test_a_target_is_text_and_not_empty(target: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"^target must"):
        Message(target)


@pytest.mark.parametrize("arguments", ["text", b"bytes", {"a": 1}, None, 1, {1}])
def test_arguments_are_a_sequence(arguments: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"^arguments must be a list"):
        Message("t", arguments)


def test_a_message_of_exactly_the_limit_is_taken() -> None:
    assert len(Message("t", ["x" * (LIMIT - EMPTY)]).body) == LIMIT


def test_a_message_above_the_limit_is_refused_with_its_size_in_bytes() -> None:
    with pytest.raises(MessageTooLargeError, match=r"1,048,578 bytes long, .* 1,048,576") as refused:
        Message("t", ["x" * (LIMIT - EMPTY) + "é"])
    assert (refused.value.size, refused.value.limit, refused.value.parameter) == (LIMIT + 2, LIMIT, "message")


def test_a_message_does_not_change_with_the_list_it_was_made_of() -> None:
    arguments = ["a"]
    message = Message("t", arguments)
    arguments.append("b")
    assert message.arguments == ("a",)
    assert message == Message("t", ["a"])
    assert repr(message) == "Message(target='t', arguments=('a',))"


def test_values_of_the_callers_own_types_go_through_its_default() -> None:
    when = datetime(2024, 1, 2, tzinfo=UTC)
    message = Message("t", [when, {"at": [when]}], default=datetime.isoformat)
    assert json.loads(message.body)["arguments"] == ["2024-01-02T00:00:00+00:00", {"at": ["2024-01-02T00:00:00+00:00"]}]
    assert message.size == len(message.body)


@pytest.mark.parametrize(
    ("default", "problem"),
    [
        (lambda _: {1: "a"}, "key that is not text but int"),
        (lambda _: float("nan"), "has no JSON"),
        (lambda value: value, "has no JSON"),
        (lambda _: "\ud800", "surrogate"),
    ],
)
def test_what_a_default_makes_has_the_same_rules(default: Any, problem: str) -> None:
    with pytest.raises(InvalidParameterError, match=problem) as refused:
        Message("t", ["fine", {"a": object()}], default=default)
    assert refused.value.parameter == "arguments[1]"


def test_an_error_of_the_default_itself_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        Message("t", [object()], default=lambda _: 1 / 0)


@pytest.mark.parametrize(("item", "body"), [(None, b"null"), ({"a": [1]}, b'{"a":[1]}'), ("ä", '"ä"'.encode())])
def test_a_stream_item_is_a_json_value(item: Any, body: bytes) -> None:
    assert StreamItem(item).body == body


def test_a_stream_item_has_the_rules_of_an_argument() -> None:
    with pytest.raises(InvalidParameterError, match=r"^item has no JSON"):
        StreamItem(float("nan"))
    with pytest.raises(MessageTooLargeError):
        StreamItem("x" * LIMIT)
