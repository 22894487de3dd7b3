"""Length prefixes: MessagePack messages are told apart by a VarInt before each.

A VarInt has 7 bits a byte, the least significant first; a set high bit says that another byte follows.
Source: SignalR HubProtocol.md, MessagePack encoding.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.protocol.errors import ProtocolError

LONGEST_PREFIX = 5
LARGEST_MESSAGE_BYTES = 2**31 - 1


def with_length_prefix(message: bytes) -> bytes:
    prefix = bytearray()
    rest = len(message)
    while rest > 0x7F:
        prefix.append(rest & 0x7F | 0x80)
        rest >>= 7
    prefix.append(rest)
    return bytes(prefix) + message


def take_messages(buffer: bytearray) -> Iterator[bytes]:
    """Take every whole message out of `buffer`; what is not whole stays.

    Raises ProtocolError for a prefix of more than five bytes or above 2 GiB.
    """
    while (prefix := _read_prefix(buffer)) is not None:
        start, size = prefix
        if len(buffer) < start + size:
            return
        message = bytes(buffer[start : start + size])
        del buffer[: start + size]
        yield message


def _read_prefix(buffer: bytearray) -> tuple[int, int] | None:
    """Where the message starts, and its size; None while the prefix is not whole."""
    size = 0
    for index, byte in enumerate(buffer[:LONGEST_PREFIX]):
        size |= (byte & 0x7F) << 7 * index
        if size > LARGEST_MESSAGE_BYTES:
            break
        if byte < 0x80:
            return index + 1, size
    else:
        if len(buffer) < LONGEST_PREFIX:
            return None
    raise ProtocolError("a message's length prefix has at most five bytes and tells of less than 2 GiB")
