"""A REST body of ready records: the sender encoded its message for each hub protocol, and clients get it verbatim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from emulator.errors import InvalidRequestError
from emulator.outgoing import OutgoingMessage, ReadyRecords
from emulator.protocol.errors import ProtocolError
from emulator.protocol.messages import COUNTED, HubMessage, Invocation
from emulator.protocol.registry import PROTOCOLS

_decoder = msgspec.msgpack.Decoder(dict[str, bytes])


@dataclass(frozen=True)
class ReadyPayload:
    """Records by hub protocol, and the messages that the known ones stand for."""

    records: Mapping[str, bytes]
    messages: Mapping[str, HubMessage]

    @property
    def invocation_id(self) -> str | None:
        """The one that all records bring; None where any brings none or another."""
        ids = {getattr(message, "invocation_id", None) for message in self.messages.values()}
        return ids.pop() if len(ids) == 1 else None

    def message(self) -> OutgoingMessage:
        return ReadyRecords(self.records)

    def invocation(self, invocation_id: str) -> OutgoingMessage:
        """The records verbatim where they bring this id; else each with the id put in its place."""
        invocations = {name: _invocation(name, message) for name, message in self.messages.items()}
        if self.invocation_id == invocation_id:
            return self.message()
        return ReadyRecords(
            {
                name: PROTOCOLS[name].encode(msgspec.structs.replace(message, invocation_id=invocation_id))
                for name, message in invocations.items()
            }
        )


def read(body: bytes) -> ReadyPayload:
    """A MessagePack map from a hub protocol's name, in any case, to one whole record of that protocol.

    Records of protocols that are not known here are kept unread: no client can have chosen them. Raises
    InvalidRequestError naming the protocol at fault.
    """
    records = {name.lower(): record for name, record in _map(body).items()}
    messages = {name: _message(name, record) for name, record in records.items() if name in PROTOCOLS}
    return ReadyPayload(records, messages)


def _map(body: bytes) -> dict[str, bytes]:
    try:
        records = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError("payload", f"must be a MessagePack map of hub protocols to bin: {error}.") from error
    if not records:
        raise InvalidRequestError("payload", "must hold the message in one hub protocol at least.")
    return records


def _message(name: str, record: bytes) -> HubMessage:
    buffer = bytearray(record)
    try:
        messages = list(PROTOCOLS[name].decode(buffer))
    except ProtocolError as error:
        raise InvalidRequestError(name, f"is no hub message: {error}.") from error
    if len(messages) != 1 or buffer or not isinstance(messages[0], COUNTED):
        raise InvalidRequestError(name, "must be one whole record with an invocation, a stream item or a completion.")
    return messages[0]


def _invocation(name: str, message: HubMessage) -> Invocation:
    if not isinstance(message, Invocation):
        raise InvalidRequestError(name, "must be an invocation.")
    return message
