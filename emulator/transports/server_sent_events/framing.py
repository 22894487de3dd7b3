"""Server-sent events: a record as `data:` lines, in one chunk of a chunked HTTP/1.1 body."""

from __future__ import annotations

import re
from functools import cache

from emulator.outgoing import Framing
from emulator.protocol.registry import HubProtocol

# An event's line ends at any of these, so that each begins a new `data:` line; a receiver joins them with LF, and
# outside of strings JSON takes any of them.
_LINE_END = re.compile(rb"\r\n|\r|\n")


@cache
def framing(protocol: HubProtocol) -> Framing:
    return Framing(protocol, event)


def event(payload: bytes) -> bytes:
    """One event; empty lines end it."""
    lines = b"".join(b"data: " + line + b"\r\n" for line in _LINE_END.split(payload))
    return chunk(lines + b"\r\n")


def chunk(data: bytes) -> bytes:
    """Data as one chunk (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)
