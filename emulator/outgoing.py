"""A message on its way out: encoded once per hub protocol and framed once per transport, however many receive it."""

from __future__ import annotations

from collections.abc import Callable

from emulator.protocol.messages import COUNTED, HubMessage
from emulator.protocol.registry import HubProtocol

# How a transport wraps one encoded record: a WebSocket frame, a server-sent event, nothing.
Envelope = Callable[[bytes], bytes]


class Framing:
    """A hub protocol on a transport; one instance for all connections alike, so that frames can be shared by it."""

    __slots__ = ("envelope", "protocol")

    def __init__(self, protocol: HubProtocol, envelope: Envelope) -> None:
        self.protocol = protocol
        self.envelope = envelope


class OutgoingMessage:
    """A hub message that any number of connections send; `frame` gives the bytes for one kind of connection."""

    __slots__ = ("_frames", "_message", "is_counted")

    def __init__(self, message: HubMessage) -> None:
        self._message = message
        self.is_counted = isinstance(message, COUNTED)
        self._frames: dict[Framing, bytes] = {}

    def frame(self, framing: Framing) -> bytes:
        """The bytes to write to a connection with this framing; the same object each time."""
        frame = self._frames.get(framing)
        if frame is None:
            frame = self._frames[framing] = framing.envelope(self.record(framing.protocol))
        return frame

    def record(self, protocol: HubProtocol) -> bytes:
        return protocol.encode(self._message)


class ReadyRecord(OutgoingMessage):
    """Bytes that are the same in every hub protocol: the answer to a handshake."""

    __slots__ = ("_record",)

    def __init__(self, record: bytes) -> None:
        self._record = record
        self._frames = {}
        self.is_counted = False

    def record(self, protocol: HubProtocol) -> bytes:  # noqa: ARG002 - the handshake comes before any protocol
        return self._record
