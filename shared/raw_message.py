"""Raw messages: ready frames of the hub protocols, for what JSON cannot carry (bytes, dates, other keys)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from shared.errors import InvalidParameterError
from shared.message import checked_body

_RECORD_SEPARATOR = b"\x1e"


@dataclass(frozen=True, slots=True)
class RawMessage:
    """Invocations as whole frames: `json` ends with 0x1E, `messagepack` begins with its length as a VarInt.

    The service passes each client the bytes of its own hub protocol as they are; a client whose protocol is not there
    receives nothing. Not part of version 1.0: such a message always goes to the newest version of the API.
    """

    content_type: ClassVar[str] = "application/octet-stream"

    json: bytes | None = None
    messagepack: bytes | None = None
    body: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        frames = {name: frame for name in ("json", "messagepack") if (frame := getattr(self, name)) is not None}
        for name, frame in frames.items():
            if not isinstance(frame, bytes) or not _IS_FRAME[name](frame):
                raise InvalidParameterError(name, _RULES[name])
        if not frames:
            raise InvalidParameterError("json and messagepack", "must not both be absent")
        object.__setattr__(self, "body", checked_body(_message_pack_map(frames)))

    @property
    def size(self) -> int:
        """Bytes of the encoded message."""
        return len(self.body)


_RULES = {
    "json": "must be bytes: one JSON hub message and its separator 0x1E at the end",
    "messagepack": "must be bytes: one MessagePack hub message with its length before it",
}


def _is_json_frame(frame: bytes) -> bool:
    return len(frame) > 1 and frame.find(_RECORD_SEPARATOR) == len(frame) - 1


def _is_message_pack_frame(frame: bytes) -> bool:
    """Whether the VarInt (seven bits a byte, the lowest first) at the start is the length of the rest."""
    length = 0
    for position, byte in enumerate(frame[:5]):
        length |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return 0 < length == len(frame) - position - 1
    return False


_IS_FRAME = {"json": _is_json_frame, "messagepack": _is_message_pack_frame}


def _message_pack_map(frames: Mapping[str, bytes]) -> bytes:
    """A MessagePack map of short names to byte strings (fixmap, fixstr and bin 32 of its specification)."""
    pairs = (
        bytes([0xA0 | len(name)]) + name.encode() + b"\xc6" + len(frame).to_bytes(4, "big") + frame
        for name, frame in frames.items()
    )
    return bytes([0x80 | len(frames)]) + b"".join(pairs)
