"""WebSocket frames from the service to a client: whole, uncompressed and unmasked (RFC 6455 §5.2)."""

from __future__ import annotations

from functools import cache

from emulator.outgoing import Framing
from emulator.protocol.registry import HubProtocol
from emulator.protocol.transfer_format import TransferFormat

_FINAL_TEXT = 0x81
_FINAL_BINARY = 0x82


@cache
def framing(protocol: HubProtocol) -> Framing:
    """Text frames for JSON, binary frames for MessagePack."""
    return Framing(protocol, text_frame if protocol.transfer_format is TransferFormat.TEXT else binary_frame)


def text_frame(payload: bytes) -> bytes:
    return _frame(_FINAL_TEXT, payload)


def binary_frame(payload: bytes) -> bytes:
    return _frame(_FINAL_BINARY, payload)


def _frame(head: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((head, size)) + payload
    if size < 65536:
        return bytes((head, 126)) + size.to_bytes(2, "big") + payload
    return bytes((head, 127)) + size.to_bytes(8, "big") + payload
