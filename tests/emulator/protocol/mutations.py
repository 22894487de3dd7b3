"""Bytes near to well-formed ones, for fuzzing: pure noise seldom gets past a reader's first check."""

from __future__ import annotations

from hypothesis import strategies as st


@st.composite
def mutated(draw: st.DrawFn, *originals: bytes, end: bytes = b"") -> bytes:
    """One of the originals with some of its bytes replaced, cut out or put in, and `end` after it."""
    data = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data) + end
