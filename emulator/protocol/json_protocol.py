"""The `json` hub protocol: UTF-8 objects, each ended by the record separator 0x1E."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import UNSET, Struct

from emulator.protocol.errors import ProtocolError
from emulator.protocol.messages import Completion, HubMessage, Invocation, StreamInvocation, StreamItem
from emulator.protocol.record_separator import RECORD_SEPARATOR, take_records
from emulator.protocol.transfer_format import TransferFormat
from emulator.protocol.values import check_depth, for_json

_encoder = msgspec.json.Encoder(enc_hook=for_json)
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
        for record in take_records(buffer):
            message = _decode(record)
            if message is not None:
                yield message


def _decode(record: bytes) -> HubMessage | None:
    try:
        text = record.decode()  # as a whole: msgspec passes over what it has no use for
        message = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if _is_of_unknown_type(record):
            return None
        raise ProtocolError(str(error)) from error
    _check(message)
    return message


def _check(message: HubMessage) -> None:
    """What the types alone do not say."""
    if isinstance(message, Invocation | StreamInvocation):
        check_depth(message.arguments)
    elif isinstance(message, StreamItem):
        check_depth(message.item)
    elif isinstance(message, Completion):
        check_depth(message.result)
        # The specification refuses both; TypeScript's reader and published vectors let a null result pass.
        if message.error is not None and message.result is not UNSET and message.result is not None:
            raise ProtocolError("a completion has either an error or a result, not both")


def _is_of_unknown_type(record: bytes) -> bool:
    """Whether the record is a message of a type that this version does not know: later versions may add some."""
    try:
        return _type_decoder.decode(record.decode()).type not in _KNOWN_TYPES
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
