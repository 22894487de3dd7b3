"""A REST message body, from JSON to an invocation, its arguments forwarded as they were written."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from emulator.errors import InvalidRequestError, UnsupportedMediaTypeError
from emulator.outgoing import OutgoingMessage
from emulator.protocol.messages import Invocation

LIMIT_BYTES = 1_048_576

_object_decoder = msgspec.json.Decoder(dict[str, Raw])
_target_decoder = msgspec.json.Decoder(str)
_arguments_decoder = msgspec.json.Decoder(list[Any] | None)
_NO_ARGUMENTS = Raw(b"[]")


def read(content_type: str, body: bytes) -> OutgoingMessage:
    """The message of a send: an object with `target` and `arguments`, names in any case.

    Raises InvalidRequestError naming the property at fault, UnsupportedMediaTypeError for anything but JSON.
    """
    if content_type != "application/json":
        raise UnsupportedMediaTypeError(f"Content-Type: '{content_type[:100]}' is not read here; use application/json.")
    if not body:
        raise InvalidRequestError("payload", "a message in the request's body is required.")
    properties = {name.lower(): value for name, value in _object(body).items()}
    return OutgoingMessage(Invocation(_target(properties.get("target")), _arguments(properties.get("arguments"))))


def _object(body: bytes) -> dict[str, Raw]:
    try:
        return _object_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError("payload", f"the body must be a JSON object: {error}.") from error


def _target(raw: Raw | None) -> str:
    try:
        target = _target_decoder.decode(raw if raw is not None else b'""')
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequestError("target", f"must be a string: {error}.") from error
    if not target:
        raise InvalidRequestError("target", "is required and must not be empty.")
    return target


def _arguments(raw: Raw | None) -> Raw:
    """The arguments' own text, so that every number and string reaches the clients as it was written."""
    if raw is None:
        return _NO_ARGUMENTS
    try:
        decoded = _arguments_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError("arguments", f"must be an array of JSON values: {error}.") from error
    return _NO_ARGUMENTS if decoded is None else raw.copy()
