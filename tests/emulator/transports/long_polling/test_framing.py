"""Long polling frames nothing."""

from __future__ import annotations

from emulator.protocol.json_protocol import JsonProtocol
from emulator.transports.long_polling.framing import framing
from tests.emulator.offline import invocation


def test_a_record_stays_as_it_is() -> None:
    shared = framing(JsonProtocol())
    assert invocation("a").frame(shared) == b'{"type":1,"target":"a","arguments":[]}\x1e'
