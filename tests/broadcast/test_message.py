"""Reading messages: which bodies are taken, and how each other one is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.message import MESSAGE
from http_api.errors import RequestRefusedError
from shared import InvalidParameterError, Message, MessageTooLargeError


def request(body: bytes, content_type: str | None = "application/json") -> func.HttpRequest:
    headers = {"Content-Type": content_type} if content_type is not None else {}
    return func.HttpRequest("POST", "http://localhost/api/broadcast", headers=headers, body=body)


def read_message(request: func.HttpRequest) -> Message:
    message = MESSAGE.read(request)["message"]
    assert isinstance(message, Message)
    return message


def nested(depth: int) -> bytes:
    """A body of so many levels: the object, the arguments, and arrays in them."""
    return b'{"target":"t","arguments":%b%b}' % (b"[" * (depth - 1), b"]" * (depth - 1))


@pytest.mark.parametrize(
    ("body", "target", "arguments"),
    [
        (b'{"target":"newMessage","arguments":["hello",1,2.5,true,null,{"a":[]}]}', "newMessage",
         ("hello", 1, 2.5, True, None, {"a": []})),
        (b'{"target":"newMessage"}', "newMessage", ()),
        (b'{"target":"newMessage","arguments":null}', "newMessage", ()),
        (b'{"Target":"newMessage","ARGUMENTS":[]}', "newMessage", ()),
        ('{"target":"nová","arguments":["žluť","\\ud83d\\ude00"]}'.encode(), "nová", ("žluť", "😀")),
        (b'\xef\xbb\xbf{"target":"withByteOrderMark"}', "withByteOrderMark", ()),
        (b'{"target":"t","arguments":[9007199254740993,123456789012345678901234567890]}', "t",
         (9007199254740993, 123456789012345678901234567890)),
        (b'{"target":"t","arguments":[{"target":1,"Target":2}]}', "t", ({"target": 1, "Target": 2},)),
    ],
)  # fmt: skip
def test_message_is_read(body: bytes, target: str, arguments: tuple[Any, ...]) -> None:
    assert read_message(request(body)) == Message(target, arguments)


@pytest.mark.parametrize(
    ("body", "parameter", "rule"),
    [
        (b"", "body", "must be JSON"),
        (b"hello", "body", "must be JSON"),
        (b'{"target":"t"', "body", "must be JSON"),
        (b'{"target":"\xff"}', "body", "must be JSON"),
        (b'\xff\xfe{\x00}\x00', "body", "must be JSON"),
        (b'{"target":"t","arguments":[' + b"1" * 5000 + b"]}", "body", "must be JSON"),
        (b"[]", "body", "must be a JSON object"),
        (b"null", "body", "must be a JSON object"),
        (b'"target"', "body", "must be a JSON object"),
        (b"{}", "target", "must be a string"),
        (b'{"target":""}', "target", "must be a string"),
        (b'{"target":null}', "target", "must be a string"),
        (b'{"target":7}', "target", "must be a string"),
        (b'{"target":"\\ud800"}', "target", "surrogate"),
        (b'{"target":"t","arguments":{}}', "arguments", "must be an array or null"),
        (b'{"target":"t","arguments":"hello"}', "arguments", "must be an array or null"),
        (b'{"target":"t","arguments":false}', "arguments", "must be an array or null"),
        (b'{"target":"t","arguments":[1,NaN]}', "arguments[1]", "has no JSON"),
        (b'{"target":"t","arguments":[{"a":Infinity}]}', "arguments[0]", "has no JSON"),
        (b'{"target":"t","arguments":[-Infinity]}', "arguments[0]", "has no JSON"),
        (b'{"target":"t","arguments":[0,0,1e999]}', "arguments[2]", "has no JSON"),
        (b'{"target":"t","arguments":["ok","\\udc00"]}', "arguments[1]", "surrogate"),
        (b'{"target":"t","arguments":[{"\\ud800":1}]}', "arguments[0]", "surrogate"),
        (b'{"target":"t","argument":[]}', "body", 'unknown property "argument"'),
        (b'{"target":"t","userId":"ada"}', "body", 'unknown property "userid"'),
        (b'{"target":"t","target":"u"}', "body", '"target" twice'),
        (b'{"target":"t","Target":"u"}', "body", '"target" twice'),
        (b'{"target":"t","arguments":[{"a":1,"a":2}]}', "body", '"a" twice'),
        (nested(65), "body", "64 levels"),
        (nested(900), "body", "64 levels"),
        (nested(100_000), "body", "64 levels"),
    ],
)  # fmt: skip
def test_body_is_refused_and_the_error_names_field_and_rule(body: bytes, parameter: str, rule: str) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        read_message(request(body))
    assert refused.value.parameter == parameter
    assert rule in refused.value.rule


def test_sixty_four_levels_are_not_too_deep() -> None:
    assert read_message(request(nested(64))).body == nested(64)


def test_objects_count_as_levels_too() -> None:
    inner = b'{"a":' * 63 + b"1" + b"}" * 63
    with pytest.raises(InvalidParameterError, match="64 levels"):
        read_message(request(b'{"target":"t","arguments":[%b]}' % inner))


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        "text/json",
        "application/vnd.api+json",
    ],
)
def test_json_may_be_declared_in_several_ways_or_not_at_all(content_type: str | None) -> None:
    assert read_message(request(b'{"target":"t"}', content_type)).target == "t"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json",
     "application/octet-stream", "application/x-msgpack", "application/jsonp", ";"],
)  # fmt: skip
def test_body_declared_as_something_else_is_refused_with_415(content_type: str) -> None:
    with pytest.raises(RequestRefusedError, match="send the body as application/json") as refused:
        read_message(request(b'{"target":"t"}', content_type))
    assert refused.value.status_code == 415


def test_body_of_exactly_one_megabyte_is_read() -> None:
    frame = b'{"target":"t","arguments":[""]}'
    body = frame.replace(b'""', b'"%b"' % (b"x" * (1_048_576 - len(frame))))
    assert len(read_message(request(body)).body) == 1_048_576


def test_body_above_one_megabyte_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(MessageTooLargeError) as refused:
        read_message(request(b"x" * 1_048_577, "text/plain"))
    assert (refused.value.size, refused.value.limit) == (1_048_577, 1_048_576)


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f'{{"target":"t","arguments":[{text}]}}'.encode())
)
def test_no_body_raises_anything_but_the_declared_error(body: bytes) -> None:
    with contextlib.suppress(InvalidParameterError):
        assert isinstance(read_message(request(body)), Message)
