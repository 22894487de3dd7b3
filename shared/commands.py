"""Commands: what `execute` does to every connection that a filter chooses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from shared.errors import InvalidParameterError
from shared.message import Message, checked_body
from shared.parameters import checked_group, checked_text


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send a message to each connection."""

    message: Message

    def __post_init__(self) -> None:
        if not isinstance(self.message, Message):
            raise InvalidParameterError("message", f"must be a Message, not {type(self.message).__name__}")

    def encoded(self) -> bytes:
        return b'{"type":"SendMessage","message":%b}' % self.message.body


@dataclass(frozen=True, slots=True)
class JoinGroup:
    """Put each connection into a group."""

    group: str

    def __post_init__(self) -> None:
        checked_group(self.group)

    def encoded(self) -> bytes:
        return json.dumps({"type": "JoinGroup", "group": self.group}).encode()


@dataclass(frozen=True, slots=True)
class LeaveGroup:
    """Take each connection out of a group."""

    group: str

    def __post_init__(self) -> None:
        checked_group(self.group)

    def encoded(self) -> bytes:
        return json.dumps({"type": "LeaveGroup", "group": self.group}).encode()


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Close each connection; `reason` is shown to clients whose token asks for detailed errors."""

    reason: str | None = None

    def __post_init__(self) -> None:
        if self.reason is not None:
            checked_text("reason", self.reason)

    def encoded(self) -> bytes:
        reason = {} if self.reason is None else {"reason": self.reason}
        return json.dumps({"type": "CloseConnection", **reason}).encode()


Command: TypeAlias = SendMessage | JoinGroup | LeaveGroup | CloseConnection


def encoded_commands(commands: Command | Sequence[Command]) -> bytes:
    """The list of commands as JSON, at most 1,048,576 bytes; one alone is a list of one."""
    several = [commands] if isinstance(commands, Command) else commands
    if isinstance(several, (str, bytes)) or not isinstance(several, Sequence) or not several:
        raise InvalidParameterError("commands", "must be a command or a list of commands, and not empty")
    for position, command in enumerate(several):
        if not isinstance(command, Command):
            raise InvalidParameterError(f"commands[{position}]", f"must be a command, not {type(command).__name__}")
    return checked_body(b"[%b]" % b",".join(command.encoded() for command in several))
