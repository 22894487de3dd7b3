"""Messages: what clients are sent, and its JSON for the service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.errors import InvalidParameterError, MessageTooLargeError
from shared.parameters import checked_text

# The service's limit for the body of a REST call, in bytes.
BODY_LIMIT = 1024 * 1024

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Message:
    """An invocation of the clients' method `target` with these arguments, JSON values each.

    It is encoded once, when it is made, so that one message can go to many: `body` is that JSON, at most
    1,048,576 bytes. InvalidParameterError names the argument that has no JSON; MessageTooLargeError tells the size.
    """

    target: str
    arguments: Sequence[Any] = ()
    body: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not checked_text("target", self.target):
            raise InvalidParameterError("target", "must not be empty")
        if isinstance(self.arguments, (str, bytes)) or not isinstance(self.arguments, Sequence):
            raise InvalidParameterError("arguments", "must be a list, or another sequence")
        object.__setattr__(self, "arguments", tuple(self.arguments))
        object.__setattr__(self, "body", _encoded(self.target, self.arguments))


def _encoded(target: str, arguments: Sequence[Any]) -> bytes:
    encoded = b",".join(_encoded_argument(f"arguments[{i}]", argument) for i, argument in enumerate(arguments))
    body = b'{"target":%b,"arguments":[%b]}' % (_ENCODER.encode(target).encode(), encoded)
    if len(body) > BODY_LIMIT:
        raise MessageTooLargeError(len(body), BODY_LIMIT)
    return body


def _encoded_argument(position: str, argument: Any) -> bytes:
    try:
        encoded = _ENCODER.encode(argument).encode()
    except UnicodeEncodeError:
        raise InvalidParameterError(position, "holds half of a surrogate pair, which UTF-8 cannot carry") from None
    except (TypeError, ValueError, RecursionError) as exc:
        raise InvalidParameterError(position, f"has no JSON: {exc}") from exc
    for key in _keys(argument):
        if not isinstance(key, str):
            # json would turn 1 and True into text, and the client would look for another key than was sent.
            raise InvalidParameterError(position, f"has a key that is not text but {type(key).__name__}")
    return encoded


def _keys(value: Any) -> Iterator[Any]:
    """All keys of all dicts inside; not recursive, and sure to end because json has found no circle."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as mapping:
                yield from mapping
                waiting += mapping.values()
            case list() | tuple() as items:
                waiting += items
