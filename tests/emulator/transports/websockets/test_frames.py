"""WebSocket frames: the three ways to write a length."""

from __future__ import annotations

import pytest

from emulator.transports.websockets.frames import binary_frame, text_frame


@pytest.mark.parametrize(
    ("size", "length"),
    [
        (0, b"\x00"),
        (1, b"\x01"),
        (125, b"\x7d"),
        (126, b"\x7e\x00\x7e"),
        (65535, b"\x7e\xff\xff"),
        (65536, b"\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_frame_is_final_unmasked_and_says_its_length(size: int, length: bytes) -> None:
    payload = b"x" * size
    assert text_frame(payload) == b"\x81" + length + payload
    assert binary_frame(payload) == b"\x82" + length + payload
