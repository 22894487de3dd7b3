"""The hub protocols that a handshake can choose."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

from emulator.protocol.errors import HandshakeError
from emulator.protocol.handshake import HandshakeRequest
from emulator.protocol.json_protocol import JsonProtocol
from emulator.protocol.messagepack_protocol import MessagePackProtocol
from emulator.protocol.messages import HubMessage
from emulator.protocol.transfer_format import TransferFormat


class HubProtocol(Protocol):
    """An encoding of hub messages; implementations hold no state, so one instance serves every connection."""

    name: str
    versions: range
    transfer_format: TransferFormat

    def __hash__(self) -> int: ...

    def encode(self, message: HubMessage) -> bytes: ...

    def decode(self, buffer: bytearray) -> Iterator[HubMessage]: ...


_ALL: tuple[HubProtocol, ...] = (JsonProtocol(), MessagePackProtocol())
PROTOCOLS: dict[str, HubProtocol] = {protocol.name: protocol for protocol in _ALL}


def choose(request: HandshakeRequest, formats: Collection[TransferFormat]) -> HubProtocol:
    """The protocol that a handshake asks for, on a transport that carries these formats.

    Raises HandshakeError where the protocol is unknown, its version too new, or the transport not able to carry it.
    """
    protocol = PROTOCOLS.get(request.protocol.lower())
    if protocol is None:
        raise HandshakeError(f"The protocol '{request.protocol}' is not supported.")
    if request.version not in protocol.versions:
        raise HandshakeError(
            f"The server does not support version {request.version} of the '{protocol.name}' protocol."
        )
    if protocol.transfer_format not in formats:
        raise HandshakeError(
            f"Cannot use the '{protocol.name}' protocol on the current transport. The transport does not support "
            f"'{protocol.transfer_format}' transfer format."
        )
    return protocol
