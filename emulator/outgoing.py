"""A message on its way out: encoded once per hub protocol and framed once per transport, however many receive it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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

    __slots__ = ("_frames", "_message", "_records", "is_counted")

    def __init__(self, message: HubMessage) -> None:
        self._message = message
        self.is_counted = isinstance(message, COUNTED)
        self._records: dict[str, bytes] = {}
        self._frames: dict[Framing, bytes] = {}

    def frame(self, framing: Framing) -> bytes:
        """The bytes to write to a connection with this framing, the same object each time; none where it gets none."""
        frame = self._frames.get(framing)
        if frame is None:
            record = self.record(framing.protocol)
            frame = self._frames[framing] = framing.envelope(record) if record else b""
        return frame

    def record(self, protocol: HubProtocol) -> bytes:
        """The message in a hub protocol; no bytes where there is nothing for its clients."""
        record = self._records.get(protocol.name)
        if record is None:
            record = self._records[protocol.name] = protocol.encode(self._message)
        return record


class ReadyRecord(OutgoingMessage):
    """Bytes that are the same in every hub protocol: the answer to a handshake."""

    __slots__ = ("_record",)

    def __init__(self, record: bytes) -> None:
        self._record = record
        self._frames = {}
        self.is_counted = False

    def record(self, protocol: HubProtocol) -> bytes:  # noqa: ARG002 - the handshake comes before any protocol
        return self._record


class ReadyRecords(OutgoingMessage):
    """One record per hub protocol, made by the sender, by the protocol's name; clients of another get nothing."""

    __slots__ = ()

    def __init__(self, records: Mapping[str, bytes]) -> None:
        self._records = dict(records)
        self._frames = {}
        self.is_counted = True

    def record(self, protocol: HubProtocol) -> bytes:
        return self._records.get(protocol.name, b"")
