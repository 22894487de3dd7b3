"""The handshake: the first message on a transport, always JSON, which chooses the hub protocol."""

from __future__ import annotations

import json
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from emulator.protocol.errors import HandshakeError
from emulator.protocol.record_separator import RECORD_SEPARATOR

# A handshake is two short properties; more without an end is no handshake.
LIMIT_BYTES = 4096
ACCEPTED = b"{}" + RECORD_SEPARATOR


class HandshakeRequest(Struct, frozen=True):
    """What a client asks for: a hub protocol by name, and its version."""

    protocol: str
    version: Annotated[int, Meta(ge=-(2**31), lt=2**31)]


class _Refusal(Struct, frozen=True):
    error: str


_decoder = msgspec.json.Decoder(HandshakeRequest)


def take(buffer: bytearray) -> HandshakeRequest | None:
    """Take the handshake request out of `buffer`, leaving what follows it; None while it is not whole.

    Raises HandshakeError where it is malformed or too long.
    """
    end = buffer.find(RECORD_SEPARATOR, 0, LIMIT_BYTES + 1)
    if end < 0:
        if len(buffer) > LIMIT_BYTES:
            raise HandshakeError("Handshake was canceled.")
        return None
    record = bytes(buffer[:end])
    del buffer[: end + 1]
    try:
        return _decoder.decode(_first_value(record.decode()))
    except (ValueError, RecursionError) as error:
        raise HandshakeError("An unexpected error occurred during connection handshake.") from error


def _first_value(text: str) -> str:
    """The record's first JSON value: what follows it is passed over, as the reference implementation does."""
    text = text.lstrip()
    _, end = json.JSONDecoder().raw_decode(text)
    return text[:end]


def refusal(text: str) -> bytes:
    """The answer that refuses a handshake and says why, as one record."""
    return msgspec.json.encode(_Refusal(text)) + RECORD_SEPARATOR
