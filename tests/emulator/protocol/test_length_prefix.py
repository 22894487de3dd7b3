"""Length prefixes: how MessagePack messages are told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.protocol.errors import ProtocolError
from emulator.protocol.length_prefix import take_messages, with_length_prefix


@pytest.mark.parametrize(
    ("size", "prefix"), [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (16383, "ff7f"), (2097152, "80808001")]
)
def test_a_length_is_written_in_as_few_bytes_as_it_needs(size: int, prefix: str) -> None:
    assert with_length_prefix(bytes(size)).startswith(bytes.fromhex(prefix))
    assert len(with_length_prefix(bytes(size))) == size + len(prefix) // 2


@given(st.lists(st.binary(max_size=300)), st.integers(1, 50))
def test_messages_are_taken_apart_however_they_are_cut(messages: list[bytes], piece: int) -> None:
    data = b"".join(map(with_length_prefix, messages))
    buffer = bytearray()
    taken: list[bytes] = []
    for start in range(0, len(data), piece):
        buffer += data[start : start + piece]
        taken += take_messages(buffer)
    assert taken == messages
    assert not buffer


@pytest.mark.parametrize("data", ["", "80", "ffffffff", "ffffffff07", "05ab", "8001ab"])
def test_nothing_is_taken_of_what_is_not_whole(data: str) -> None:
    buffer = bytearray.fromhex(data)
    assert list(take_messages(buffer)) == []
    assert buffer == bytes.fromhex(data)


@pytest.mark.parametrize("data", ["ffffffff08", "ffffffffff", "8080808080", "808080808000", "ffffffff7f"])
def test_a_prefix_beyond_two_gigabytes_or_five_bytes_is_refused(data: str) -> None:
    with pytest.raises(ProtocolError, match="at most five bytes"):
        list(take_messages(bytearray.fromhex(data)))


def test_what_was_whole_before_a_bad_prefix_is_taken() -> None:
    messages = take_messages(bytearray(b"\x02\x91\x06" + b"\xff" * 5))
    assert next(messages) == b"\x91\x06"
    with pytest.raises(ProtocolError):
        next(messages)
