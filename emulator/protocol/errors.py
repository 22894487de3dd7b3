"""What a client can do wrong on the wire."""

from __future__ import annotations


class ProtocolError(Exception):
    """Bytes that are not what the hub protocol asks for; the text says what is wrong with them."""


class HandshakeError(ProtocolError):
    """A handshake request that is refused; the text is what the client is told."""
