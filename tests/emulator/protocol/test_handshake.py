"""The handshake request: whole or not, well made or not."""

from __future__ import annotations

import pytest

from emulator.protocol import handshake
from emulator.protocol.errors import HandshakeError
from emulator.protocol.handshake import LIMIT_BYTES, HandshakeRequest
from emulator.protocol.registry import choose
from tests.emulator.protocol import vectors


def test_what_follows_the_request_stays_in_the_buffer() -> None:
    buffer = bytearray(b'{"protocol":"json","version":1}\x1e{"type":6}\x1e')
    assert handshake.take(buffer) == HandshakeRequest("json", 1)
    assert buffer == b'{"type":6}\x1e'


def test_an_unfinished_request_stays_until_it_is_too_long() -> None:
    buffer = bytearray(b"x" * LIMIT_BYTES)
    assert handshake.take(buffer) is None
    buffer += b"x"
    with pytest.raises(HandshakeError, match=r"Handshake was canceled\."):
        handshake.take(buffer)


def test_a_refusal_is_one_record_whatever_the_text() -> None:
    assert handshake.refusal('a "b"\x1e') == b'{"error":"a \\"b\\"\\u001e"}\x1e'


def test_protocol_names_are_compared_without_case() -> None:
    assert choose(HandshakeRequest("JSON", 1)).name == "json"


@pytest.mark.parametrize("vector", vectors.handshake_requests(), ids=lambda vector: repr(vector["encoded"]))
def test_published_handshake_is_read_as_published(vector: vectors.Vector) -> None:
    buffer = bytearray(vector["encoded"].encode())
    if not buffer.endswith(b"\x1e"):
        assert handshake.take(buffer) is None
    elif vector["valid"]:
        request = handshake.take(buffer)
        assert request is not None
        assert {"protocol": request.protocol, "version": request.version} == vector["message"]
    else:
        with pytest.raises(HandshakeError):
            handshake.take(buffer)
