"""Messages: what clients are sent, and its JSON for the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any, ClassVar

from shared.errors import InvalidParameterError, MessageTooLargeError
from shared.json_value import Default, encoded_json
from shared.parameters import checked_text

# The service's limit for the body of a REST call, in bytes.
BODY_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """An invocation of the clients' method `target` with these arguments, JSON values each.

    `default` turns values of other types into JSON values, as that of json.dumps does. A message is encoded once, when
    it is made, so that one message can go to many: `body` is that JSON, and its `size` is at most 1,048,576 bytes.
    InvalidParameterError names the argument that has no JSON; MessageTooLargeError tells size and limit.
    """

    content_type: ClassVar[str] = "application/json"

    target: str
    arguments: Sequence[Any] = ()
    default: InitVar[Default | None] = field(default=None, kw_only=True)
    body: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self, default: Default | None) -> None:
        if not checked_text("target", self.target):
            raise InvalidParameterError("target", "must not be empty")
        if isinstance(self.arguments, (str, bytes)) or not isinstance(self.arguments, Sequence):
            raise InvalidParameterError("arguments", "must be a list, or another sequence")
        object.__setattr__(self, "arguments", tuple(self.arguments))
        object.__setattr__(self, "body", _encoded(self.target, self.arguments, default))

    @property
    def size(self) -> int:
        """Bytes of the encoded message."""
        return len(self.body)


@dataclass(frozen=True, slots=True)
class StreamItem:
    """One item of a stream, a JSON value; encoded as a Message is."""

    item: Any
    default: InitVar[Default | None] = field(default=None, kw_only=True)
    body: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self, default: Default | None) -> None:
        object.__setattr__(self, "body", checked_body(encoded_json("item", self.item, default)))


def checked_body(body: bytes) -> bytes:
    if len(body) > BODY_LIMIT:
        raise MessageTooLargeError(len(body), BODY_LIMIT)
    return body


def _encoded(target: str, arguments: Sequence[Any], default: Default | None) -> bytes:
    encoded = [encoded_json(f"arguments[{i}]", argument, default) for i, argument in enumerate(arguments)]
    return checked_body(b'{"target":%b,"arguments":[%b]}' % (encoded_json("target", target), b",".join(encoded)))
