"""Long polling adds nothing to a record: a poll's body is all the records there are, one after the other."""

from __future__ import annotations

from functools import cache

from emulator.outgoing import Framing
from emulator.protocol.registry import HubProtocol


@cache
def framing(protocol: HubProtocol) -> Framing:
    return Framing(protocol, bytes)
