"""Values on their way from one hub protocol to the other."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, msgpack

from emulator.protocol.errors import ProtocolError
from emulator.protocol.values import LARGEST_DEPTH, Packed, check_depth, to_json, to_messagepack

IN_JSON: list[tuple[object, bytes]] = [
    (None, b"null"),
    ([1, 1.0, -0.5, 2**64 - 1, True, "ü"], b'[1,1.0,-0.5,18446744073709551615,true,"\xc3\xbc"]'),
    (b"\x00\xff", b'"AP8="'),
    (datetime(2017, 4, 11, 1, 2, 3, 456000, UTC), b'"2017-04-11T01:02:03.456000Z"'),
    (msgpack.Ext(7, b"ab"), b'"YWI="'),
    ([math.nan, math.inf, -math.inf], b"[null,null,null]"),
    (
        {1: 2, 1.5: 3, b"k": 4, datetime(2017, 4, 11, tzinfo=UTC): 5},
        b'{"1":2,"1.5":3,"aw==":4,"2017-04-11T00:00:00Z":5}',
    ),
    ({None: 1, True: {False: (2,)}, ("a", 1): b"b"}, b'{"null":1,"true":{"false":[2]},"[\\"a\\",1]":"Yg=="}'),
]


@pytest.mark.parametrize(("value", "text"), IN_JSON, ids=[text.decode() for _, text in IN_JSON])
def test_what_messagepack_can_hold_has_its_json(value: object, text: bytes) -> None:
    assert to_json(value) == text
    assert to_json(Packed(msgpack.encode([value]))) == b"[" + text + b"]"


def test_what_is_no_value_of_a_hub_protocol_is_no_json() -> None:
    with pytest.raises(TypeError, match="object is no value of a hub protocol"):
        to_json([object()])


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_json_is_the_same_after_it_was_messagepack(value: object) -> None:
    packed = to_messagepack(Raw(json.dumps(value).encode()))
    assert to_json(msgpack.decode(packed)) == to_json(value)


@given(st.lists(st.integers(-(2**80), 2**80)))
def test_integers_of_any_size_have_their_messagepack(numbers: list[int]) -> None:
    read = msgpack.decode(to_messagepack(Raw(json.dumps([numbers, {"n": numbers}]).encode())))
    expected = [number if -(2**63) <= number < 2**64 else float(number) for number in numbers]
    assert repr(read) == repr([expected, {"n": expected}])


def test_packed_values_and_plain_ones_are_written_as_messagepack() -> None:
    assert to_messagepack(Packed(b"\x91\xca\x42\x28\x00\x00")) == b"\x91\xca\x42\x28\x00\x00"
    assert to_messagepack([b"a", None]) == b"\x92\xc4\x01a\xc0"
    assert msgpack.decode(to_messagepack([-(10**400)])) == [-math.inf]


def nested(depth: int, wrap: Any) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = wrap(value)
    return value


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: {"k": v}, lambda v: [0, "k", v], lambda v: (v,)])
def test_values_may_be_nested_to_a_limit(wrap: Any) -> None:
    check_depth(nested(LARGEST_DEPTH, wrap))
    with pytest.raises(ProtocolError, match=f"more than {LARGEST_DEPTH} times"):
        check_depth(nested(LARGEST_DEPTH + 1, wrap))


def test_keys_count_as_nested_too() -> None:
    with pytest.raises(ProtocolError):
        check_depth({nested(LARGEST_DEPTH, lambda v: (v,)): 1})


def test_the_deepest_values_are_written_in_both_protocols() -> None:
    value = nested(LARGEST_DEPTH - 1, lambda v: {True: v})
    assert json.loads(to_json(value))["true"]
    assert to_messagepack(nested(LARGEST_DEPTH, lambda v: [v, 2**70]))
