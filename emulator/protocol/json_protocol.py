"""The `json` hub protocol: UTF-8 objects, each ended by the record separator 0x1E."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import UNSET, Struct

from emulator.protocol.errors import ProtocolError
from emulator.protocol.messages import Completion, HubMessage
from emulator.protocol.transfer_format import TransferFormat

RECORD_SEPARATOR = b"\x1e"

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[HubMessage] = msgspec.json.Decoder(HubMessage)


class _AnyType(Struct, frozen=True):
    type: int


_type_decoder = msgspec.json.Decoder(_AnyType)
_KNOWN_TYPES = range(1, 10)


class JsonProtocol:
    """Encodes and decodes hub messages as JSON text."""

    name = "json"
    versions = range(1, 3)  # 2 adds stateful reconnect
    transfer_format = TransferFormat.TEXT

    def encode(self, message: HubMessage) -> bytes:
        """Encode a hub message as one record, separator included."""
        return _encoder.encode(message) + RECORD_SEPARATOR

    def decode(self, buffer: bytearray) -> Iterator[HubMessage]:
        """Take every whole record out of `buffer` and yield its message; messages of an unknown type are skipped.

        Raises ProtocolError for a record that is not a hub message.
        """
        while (end := buffer.find(RECORD_SEPARATOR)) >= 0:
            record = bytes(buffer[:end])
            del buffer[: end + 1]
            message = _decode(record)
            if message is not None:
                yield message


def _decode(record: bytes) -> HubMessage | None:
    try:
        message = _decoder.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if _is_of_unknown_type(record):
            return None
        raise ProtocolError(str(error)) from error
    if isinstance(message, Completion) and message.error is not None and message.result is not UNSET:
        raise ProtocolError("a completion has either an error or a result, not both")
    return message


def _is_of_unknown_type(record: bytes) -> bool:
    """Whether the record is a message of a type that this version does not know: later versions may add some."""
    try:
        return _type_decoder.decode(record).type not in _KNOWN_TYPES
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
