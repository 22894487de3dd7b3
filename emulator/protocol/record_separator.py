"""The record separator: JSON records are told apart by a 0x1E after each."""

from __future__ import annotations

from collections.abc import Iterator

RECORD_SEPARATOR = b"\x1e"


def take_records(buffer: bytearray) -> Iterator[bytes]:
    """Take every whole record out of `buffer`, without its separator; what is not whole stays."""
    while (end := buffer.find(RECORD_SEPARATOR)) >= 0:
        record = bytes(buffer[:end])
        del buffer[: end + 1]
        yield record
