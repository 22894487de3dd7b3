"""The handshake request: whole or not, well made or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.protocol import handshake
from emulator.protocol.errors import HandshakeError
from emulator.protocol.handshake import LIMIT_BYTES, HandshakeRequest
from emulator.protocol.registry import choose
from emulator.protocol.transfer_format import TransferFormat
from tests.emulator.protocol.mutations import mutated

FORMATS = tuple(TransferFormat)


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
    assert choose(HandshakeRequest("JSON", 1), FORMATS).name == "json"


def test_a_protocol_is_chosen_where_the_transport_carries_its_format() -> None:
    assert choose(HandshakeRequest("messagepack", 2), (TransferFormat.BINARY,)).name == "messagepack"
    with pytest.raises(HandshakeError, match="does not support 'Binary' transfer format"):
        choose(HandshakeRequest("messagepack", 1), (TransferFormat.TEXT,))


@pytest.mark.parametrize(
    ("protocol", "version", "text"),
    [
        ("xml", 1, "The protocol 'xml' is not supported."),
        ("json", 3, "The server does not support version 3 of the 'json' protocol."),
        ("messagepack", 0, "The server does not support version 0 of the 'messagepack' protocol."),
    ],
)
def test_what_is_not_served_is_refused_by_name(protocol: str, version: int, text: str) -> None:
    with pytest.raises(HandshakeError) as refused:
        choose(HandshakeRequest(protocol, version), FORMATS)
    assert str(refused.value) == text


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 4000,
        b'{"protocol":"json","version":true}',
        b'{"protocol":"json","version":1.5}',
        b'{"protocol":"\\ud800","version":1}',
        b'{"protocol":"json","version":' + b"9" * 4000 + b"}",
    ],
)
def test_malformed_request_is_refused_without_details(record: bytes) -> None:
    with pytest.raises(HandshakeError, match=r"^An unexpected error occurred during connection handshake\.$"):
        handshake.take(bytearray(record + b"\x1e"))


def test_too_long_a_request_is_refused_even_when_it_is_whole() -> None:
    with pytest.raises(HandshakeError, match="canceled"):
        handshake.take(bytearray(b" " * LIMIT_BYTES + b'{"protocol":"json","version":1}\x1e'))


@given(st.binary(max_size=100) | mutated(b'{"protocol":"json","version":1}', end=b"\x1e"))
def test_any_bytes_are_a_request_or_refused_in_one_record(data: bytes) -> None:
    answer = handshake.ACCEPTED
    try:
        request = handshake.take(bytearray(data))
        if request is not None:
            choose(request, FORMATS)
    except HandshakeError as error:
        answer = handshake.refusal(str(error))
    assert answer.find(b"\x1e") == len(answer) - 1
