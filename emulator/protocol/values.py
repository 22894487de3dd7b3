"""Values: what arguments, items and results hold, and how they pass from one hub protocol to the other.

From JSON to MessagePack every value keeps its type. Integers beyond 64 bits, which MessagePack cannot hold, become
floats, as they do in a browser. From MessagePack to JSON, `bin` becomes base64 text, a timestamp ISO 8601 text, the
data of any other extension base64 text, infinity and NaN null, and a map's keys text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import chain, compress
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.msgpack import Ext

from emulator.protocol.errors import ProtocolError

# Deeper values would exhaust Python's stack when they are written; the clients' own limits lie at about 100.
LARGEST_DEPTH = 128


_NESTED = frozenset({list, tuple, dict})


class Packed:
    """An array as MessagePack, checked but not taken apart: what msgspec's `Raw` is here for JSON text."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


def check_depth(value: object) -> None:
    """Raise ProtocolError where arrays and maps are nested more than LARGEST_DEPTH times; it does not recurse."""
    level = [value]
    for _ in range(LARGEST_DEPTH + 1):
        # Half a million numbers in a body take 20 ms here, 70 ms in a comprehension.
        nested: list[Any] = list(compress(level, map(_NESTED.__contains__, map(type, level))))
        if not nested:
            return
        level = list(chain.from_iterable(map(_children, nested)))
    raise ProtocolError(f"values are nested more than {LARGEST_DEPTH} times")


def _children(item: list[Any] | tuple[Any, ...] | dict[Any, Any]) -> Iterable[Any]:
    return chain(item, item.values()) if isinstance(item, dict) else item


def to_json(value: object) -> bytes:
    """The JSON text of any value that a hub protocol can carry."""
    try:
        return _json_encoder.encode(value)
    except TypeError:
        return _json_encoder.encode(_with_text_keys(value))


def for_json(value: object) -> object:
    """What stands in JSON for a value that JSON does not know: the encoder's hook."""
    if isinstance(value, Packed):
        return Raw(to_json(msgspec.msgpack.decode(value.data)))
    if isinstance(value, Ext):
        return bytes(value.data)
    raise TypeError(f"{type(value).__name__} is no value of a hub protocol")


_json_encoder = msgspec.json.Encoder(enc_hook=for_json)


def _with_text_keys(value: object) -> object:
    """The same with keys that JSON can have: its encoder knows text, numbers, bytes and times."""
    if isinstance(value, dict):
        return {_text_key(key): _with_text_keys(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_text_keys(item) for item in value]
    return value


def _text_key(key: object) -> object:
    return to_json(key).decode() if key is None or isinstance(key, bool | tuple) else key


def to_messagepack(value: object) -> bytes:
    """The MessagePack bytes of any value that a hub protocol can carry; `Raw` is JSON text."""
    if isinstance(value, Packed):
        return value.data
    if isinstance(value, Raw):
        value = msgspec.json.decode(value)
    try:
        return msgspec.msgpack.encode(value)
    except OverflowError:
        return msgspec.msgpack.encode(_with_64_bit_integers(value))


def _with_64_bit_integers(value: object) -> object:
    if isinstance(value, dict):
        return {key: _with_64_bit_integers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_64_bit_integers(item) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return _nearest_float(value)
    return value


def _nearest_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
