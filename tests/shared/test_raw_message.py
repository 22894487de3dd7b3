"""Raw messages: ready frames as a MessagePack map, and what is no frame."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared import InvalidParameterError, MessageTooLargeError
from shared.raw_message import RawMessage

JSON = b'{"type":1,"target":"t","arguments":[]}\x1e'
PACKED = b"\x08\x96\x01\x80\xc0\xa1t\x90\x90"


@pytest.mark.parametrize(
    "frames",
    [{"json": JSON}, {"messagepack": PACKED}, {"json": JSON, "messagepack": PACKED}, {"json": b"x" * 70_000 + b"\x1e"}],
)
def test_a_raw_message_is_a_map_from_protocol_to_frame(frames: dict[str, bytes]) -> None:
    message = RawMessage(**frames)
    assert msgspec.msgpack.decode(message.body) == frames
    assert (message.size, message.content_type) == (len(message.body), "application/octet-stream")


def test_the_length_of_a_long_frame_takes_several_bytes() -> None:
    assert RawMessage(messagepack=b"\xac\x02" + b"x" * 300).messagepack


@pytest.mark.parametrize(
    ("frames", "problem"),
    [
        ({}, "json and messagepack must not both be absent"),
        ({"json": b"{}"}, "json must be bytes"),
        ({"json": b"\x1e"}, "json must be bytes"),
        ({"json": JSON + JSON}, "json must be bytes"),
        ({"json": "{}\x1e"}, "json must be bytes"),
        ({"messagepack": b""}, "messagepack must be bytes"),
        ({"messagepack": b"\x00"}, "messagepack must be bytes"),
        ({"messagepack": PACKED[:-1]}, "messagepack must be bytes"),
        ({"messagepack": b"\xff\xff\xff\xff\xff\xff"}, "messagepack must be bytes"),
    ],
)
def test_what_is_no_frame_is_refused(frames: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidParameterError, match=problem):
        RawMessage(**frames)


def test_a_raw_message_has_the_limit_of_every_body() -> None:
    with pytest.raises(MessageTooLargeError):
        RawMessage(json=b"x" * 1_048_576 + b"\x1e")
