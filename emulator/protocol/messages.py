"""Hub messages: what clients and the service say to each other, free of any encoding.

The classes are msgspec structs tagged with the specification's type number, so that the JSON hub protocol is this file
and little else.
Source: ASP.NET Core SignalR HubProtocol.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

# Arguments as they came, checked but not taken apart, JSON text or MessagePack; or decoded, as they are when a client
# sends them.
if TYPE_CHECKING:
    from emulator.protocol.values import Packed

    Arguments = Raw | Packed | list[Any]
else:
    Arguments = Raw | list[Any]

Name = Annotated[str, Meta(min_length=1)]


class Invocation(Struct, frozen=True, tag_field="type", tag=1, rename="camel", omit_defaults=True):
    """Calls `target` on the other side; with an `invocation_id`, an answer is expected."""

    target: Name
    arguments: Arguments
    invocation_id: Name | None = None
    headers: dict[str, str] | None = None
    stream_ids: list[Name] | None = None


class StreamItem(Struct, frozen=True, tag_field="type", tag=2, rename="camel", omit_defaults=True):
    """One item of a stream."""

    invocation_id: Name
    item: Any
    headers: dict[str, str] | None = None


class Completion(Struct, frozen=True, tag_field="type", tag=3, rename="camel", omit_defaults=True):
    """Ends an invocation or a stream: with an error, with a result (which may be null), or with neither (void)."""

    invocation_id: Name
    error: str | None = None
    result: Any | UnsetType = UNSET
    headers: dict[str, str] | None = None


class StreamInvocation(Struct, frozen=True, tag_field="type", tag=4, rename="camel", omit_defaults=True):
    """Calls `target` and expects a stream."""

    invocation_id: Name
    target: Name
    arguments: Arguments
    headers: dict[str, str] | None = None
    stream_ids: list[Name] | None = None


class CancelInvocation(Struct, frozen=True, tag_field="type", tag=5, rename="camel", omit_defaults=True):
    """Asks the other side to end a stream."""

    invocation_id: Name
    headers: dict[str, str] | None = None


class Ping(Struct, frozen=True, tag_field="type", tag=6):
    """Says that the sender is alive; nobody answers it."""


class Close(Struct, frozen=True, tag_field="type", tag=7, rename="camel", omit_defaults=True):
    """Announces the end; with `allow_reconnect`, clients with automatic reconnect come back."""

    error: str | None = None
    allow_reconnect: bool = False


class Ack(Struct, frozen=True, tag_field="type", tag=8, rename="camel"):
    """Says that everything up to `sequence_id` has come (stateful reconnect)."""

    sequence_id: int


class Sequence(Struct, frozen=True, tag_field="type", tag=9, rename="camel"):
    """Says which number the next counted message has (stateful reconnect)."""

    sequence_id: int


# What stateful reconnect counts and repeats; pings and the end of a connection are not for repeating.
COUNTED = (Invocation, StreamItem, Completion, StreamInvocation, CancelInvocation)
HubMessage = Invocation | StreamItem | Completion | StreamInvocation | CancelInvocation | Ping | Close | Ack | Sequence
