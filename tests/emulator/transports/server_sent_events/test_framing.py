"""Server-sent events: the bytes of an event and of the chunk that carries it."""

from __future__ import annotations

import pytest

from emulator.protocol.json_protocol import JsonProtocol
from emulator.transports.server_sent_events.framing import chunk, event, framing


@pytest.mark.parametrize(
    ("payload", "lines"),
    [
        (b'{"type":6}\x1e', b'data: {"type":6}\x1e\r\n\r\n'),
        (b"", b"data: \r\n\r\n"),
        (b"a\nb", b"data: a\r\ndata: b\r\n\r\n"),
        (b"a\r\nb", b"data: a\r\ndata: b\r\n\r\n"),
        (b"a\rb", b"data: a\r\ndata: b\r\n\r\n"),
        (b"a\n\rb\r\r\n", b"data: a\r\ndata: \r\ndata: b\r\ndata: \r\ndata: \r\n\r\n"),
    ],
)
def test_each_line_of_the_payload_is_a_data_line_and_an_empty_line_ends_the_event(payload: bytes, lines: bytes) -> None:
    assert event(payload) == b"%x\r\n" % len(lines) + lines + b"\r\n"


@pytest.mark.parametrize(("size", "length"), [(1, b"1"), (15, b"f"), (16, b"10"), (65536, b"10000")])
def test_a_chunk_says_its_length_in_hexadecimal(size: int, length: bytes) -> None:
    assert chunk(b"x" * size) == length + b"\r\n" + b"x" * size + b"\r\n"


def test_connections_alike_share_one_framing() -> None:
    protocol = JsonProtocol()
    assert framing(protocol) is framing(protocol)
