"""The `messagepack` hub protocol: an array per message, its length before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from emulator.protocol.arrays import from_array, to_array
from emulator.protocol.errors import ProtocolError
from emulator.protocol.length_prefix import take_messages, with_length_prefix
from emulator.protocol.messages import HubMessage
from emulator.protocol.transfer_format import TransferFormat
from emulator.protocol.values import check_depth

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Any])


class MessagePackProtocol:
    """Encodes and decodes hub messages as MessagePack."""

    name = "messagepack"
    versions = range(1, 3)  # 2 adds stateful reconnect
    transfer_format = TransferFormat.BINARY

    def encode(self, message: HubMessage) -> bytes:
        """Encode a hub message, length prefix included."""
        return with_length_prefix(_encoder.encode(to_array(message)))

    def decode(self, buffer: bytearray) -> Iterator[HubMessage]:
        """Take every whole message out of `buffer` and yield it; messages of an unknown type are skipped.

        Raises ProtocolError for bytes that are not a hub message.
        """
        for data in take_messages(buffer):
            message = _decode(data)
            if message is not None:
                yield message


def _decode(data: bytes) -> HubMessage | None:
    try:
        array = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(str(error)) from error
    for item in array:
        check_depth(item)
    return from_array(array)
