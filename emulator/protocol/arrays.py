"""Hub messages as arrays: which item of an array is which property, before and after MessagePack's own encoding.

Source: SignalR HubProtocol.md, MessagePack encoding.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Raw

from emulator.protocol.errors import ProtocolError
from emulator.protocol.messages import (
    Ack,
    CancelInvocation,
    Close,
    Completion,
    HubMessage,
    Invocation,
    Ping,
    Sequence,
    StreamInvocation,
    StreamItem,
)
from emulator.protocol.values import to_messagepack

_INVOCATION = ("headers", "invocationId", "target", "arguments", "streamIds")
# The items of each array after its first, the message's type; a completion's fifth depends on its fourth.
_ITEMS: dict[int, tuple[str, ...]] = {
    1: _INVOCATION,
    2: ("headers", "invocationId", "item"),
    3: ("headers", "invocationId", "kind"),
    4: _INVOCATION,
    5: ("headers", "invocationId"),
    6: (),
    7: ("error", "allowReconnect"),
    8: ("sequenceId",),
    9: ("sequenceId",),
}
# Items that came later than the protocol did: older senders leave them out.
_MAY_BE_MISSING = frozenset({"streamIds", "allowReconnect"})
# What stands in an array for a property that a message does not have.
_EMPTY: dict[str, Any] = {"headers": {}, "streamIds": []}
_COMPLETION = 3
_ERROR, _VOID, _RESULT = 1, 2, 3
_OUTCOMES = {_ERROR: ("error",), _VOID: (), _RESULT: ("result",)}


def to_array(message: HubMessage) -> list[Any]:
    """The items of a message's array; what the sender's own code put into it is encoded already."""
    match message:
        case Ping():
            return [6]
        case Close():
            return [7, message.error, message.allow_reconnect]
        case Ack():
            return [8, message.sequence_id]
        case Sequence():
            return [9, message.sequence_id]
        case CancelInvocation():
            return [5, message.headers or {}, message.invocation_id]
        case Completion():
            return [3, message.headers or {}, message.invocation_id, *_outcome(message)]
        case StreamItem():
            return [2, message.headers or {}, message.invocation_id, Raw(to_messagepack(message.item))]
        case Invocation() | StreamInvocation():
            head = [1 if isinstance(message, Invocation) else 4, message.headers or {}, message.invocation_id]
            return [*head, message.target, Raw(to_messagepack(message.arguments)), message.stream_ids or []]


def _outcome(completion: Completion) -> list[Any]:
    if completion.error is not None:
        return [_ERROR, completion.error]
    if completion.result is UNSET:
        return [_VOID]
    return [_RESULT, Raw(to_messagepack(completion.result))]


def from_array(array: list[Any]) -> HubMessage | None:
    """The message that an array stands for, items beyond those known passed over; None where its type is unknown.

    Raises ProtocolError for an array that stands for none.
    """
    kind, *items = array or [None]
    if type(kind) is not int:
        raise ProtocolError("a message is an array that begins with its type, an integer")
    if kind not in _ITEMS:
        return None
    properties = {"type": kind, **_properties(_names(kind, items), items)}
    try:
        message: HubMessage = msgspec.convert(properties, HubMessage)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ProtocolError(str(error)) from error
    return message


def _names(kind: int, items: list[Any]) -> tuple[str, ...]:
    names = _ITEMS[kind]
    if kind != _COMPLETION or len(items) < len(names):
        return names
    outcome = items[len(names) - 1]
    if type(outcome) is not int or outcome not in _OUTCOMES:
        raise ProtocolError("a completion's kind is 1 (error), 2 (void) or 3 (result)")
    if outcome == _ERROR and items[len(names) : len(names) + 1] == [None]:
        raise ProtocolError("a completion's error is nil")
    return names + _OUTCOMES[outcome]


def _properties(names: tuple[str, ...], items: list[Any]) -> dict[str, Any]:
    missing = [name for name in names[len(items) :] if name not in _MAY_BE_MISSING]
    if missing:
        raise ProtocolError(f"the item {missing[0]} is missing")
    properties = dict(zip(names, items, strict=False))
    headers = properties.get("headers")
    if isinstance(headers, dict) and ("" in headers or "" in headers.values()):
        raise ProtocolError("a header's key or value is empty")
    return {name: item for name, item in properties.items() if item != _EMPTY.get(name, UNSET)}
