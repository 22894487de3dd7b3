"""A REST message body, in whichever of the three content types it came, as what is sent to the clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from msgspec import Raw

from emulator.errors import InvalidRequestError, UnsupportedMediaTypeError
from emulator.outgoing import OutgoingMessage
from emulator.protocol.errors import ProtocolError
from emulator.protocol.messages import Arguments, Invocation
from emulator.protocol.values import Packed, check_depth
from emulator.rest import ready_payload

LIMIT_BYTES = 1_048_576


class Payload(Protocol):
    """A body that was read and checked."""

    @property
    def invocation_id(self) -> str | None:
        """The invocation id that the body itself brings, which only ready records can."""

    def message(self) -> OutgoingMessage:
        """What the clients are sent."""

    def invocation(self, invocation_id: str) -> OutgoingMessage:
        """The same as an invocation that a client answers. Raises InvalidRequestError where it cannot be one."""


@dataclass(frozen=True)
class PayloadMessage:
    """A target and its arguments, forwarded as they were written to clients of the hub protocol they came in."""

    target: str
    arguments: Arguments
    invocation_id: None = None

    def message(self) -> OutgoingMessage:
        return OutgoingMessage(Invocation(self.target, self.arguments))

    def invocation(self, invocation_id: str) -> OutgoingMessage:
        return OutgoingMessage(Invocation(self.target, self.arguments, invocation_id))


def read(content_type: str, body: bytes) -> Payload:
    """The message of a send; `content_type` is the request's header, parameters included.

    JSON and MessagePack are an object with `target` and `arguments`, names in any case; octet-stream is a MessagePack
    map from hub protocols to their ready records. Raises InvalidRequestError naming the property at fault,
    UnsupportedMediaTypeError for any other content type.
    """
    reader = _READERS.get(_media_type(content_type))
    if reader is None:
        raise UnsupportedMediaTypeError(
            f"Content-Type: '{content_type[:100]}' is not read here; use application/json, application/x-msgpack or "
            "application/octet-stream, in UTF-8."
        )
    if not body:
        raise InvalidRequestError("payload", "a message in the request's body is required.")
    return reader(body)


def _media_type(content_type: str) -> str:
    """The header without its parameters; nothing where the charset is not UTF-8."""
    media_type, *parameters = content_type.lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8", "us-ascii"):
            return ""
    return media_type.strip()


class _Encoding:
    """How a message is read from JSON or from MessagePack; `wrap` marks its arguments as of this encoding."""

    def __init__(self, module: Any, name: str, wrap: Callable[[bytes], Arguments], no_arguments: bytes) -> None:
        self._name = name
        self._wrap = wrap
        self._no_arguments = no_arguments
        self._object = module.Decoder(dict[str, Raw]).decode
        self._target = module.Decoder(str).decode
        self._arguments = module.Decoder(list[Any] | None).decode
        self._anything = module.Decoder().decode

    def read(self, body: bytes) -> PayloadMessage:
        found = _decode("payload", f"the body must be a {self._name} object", self._object, body)
        properties = {name.lower(): raw for name, raw in found.items()}
        target = self._read_target(properties.pop("target", None))
        arguments = self._read_arguments(properties.pop("arguments", None))
        for raw in properties.values():
            _decode("payload", f"the body must be {self._name} throughout", self._anything, raw)
        return PayloadMessage(target, self._wrap(arguments))

    def _read_target(self, raw: Raw | None) -> str:
        target: str = "" if raw is None else _decode("target", "must be a string", self._target, raw)
        if not target:
            raise InvalidRequestError("target", "is required and must not be empty.")
        return target

    def _read_arguments(self, raw: Raw | None) -> bytes:
        """The arguments' own bytes, so that every number and string reaches the clients as it was written."""
        if raw is None:
            return self._no_arguments
        rule = f"must be an array of {self._name} values"
        arguments = _decode("arguments", rule, self._arguments, raw)
        _decode("arguments", rule, check_depth, arguments)
        return self._no_arguments if arguments is None else bytes(raw)


def _decode(parameter: str, rule: str, decode: Callable[[Any], Any], data: object) -> Any:
    try:
        return decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ProtocolError) as error:
        raise InvalidRequestError(parameter, f"{rule}: {error}.") from error


_READERS: Mapping[str, Callable[[bytes], Payload]] = {
    "application/json": _Encoding(msgspec.json, "JSON", Raw, b"[]").read,
    "application/x-msgpack": _Encoding(msgspec.msgpack, "MessagePack", Packed, b"\x90").read,
    "application/octet-stream": ready_payload.read,
}
