"""`:execute`: commands for every connection that a filter is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from emulator import names
from emulator.connection import Connection
from emulator.errors import InvalidRequestError, UnsupportedMediaTypeError
from emulator.hub import Hub
from emulator.odata.errors import FilterError
from emulator.odata.filter import Filter
from emulator.rest import payload
from emulator.rest.body import Body
from emulator.rest.call import Call
from emulator.selection import select

# What a command does to the connections that were there when the call came.
Command = Callable[[Hub, Sequence[Connection]], None]
Properties = Mapping[str, Raw]


def execute(call: Call) -> None:
    """Carry out all commands, each for all connections before the next; none where one of them is not in order."""
    condition = _read_filter(call.query.one("filter"))
    commands = _read_commands(call.body)
    connections = select(call.hub, condition)
    for command in commands:
        command(call.hub, connections)


def _read_filter(text: str | None) -> Filter | None:
    try:
        return None if text is None else Filter(text)
    except FilterError as error:
        raise InvalidRequestError("filter", f"{error}.") from error


def _read_commands(body: Body) -> list[Command]:
    """A list of commands, or one alone."""
    if body.media_type != "application/json":
        raise UnsupportedMediaTypeError(
            f"Content-Type: '{body.content_type[:100]}' is not read here; use application/json."
        )
    found = _decode("commands", body.data, list[dict[str, Raw]] | dict[str, Raw])
    commands = found if isinstance(found, list) else [found]
    return [_read_command(f"commands[{index}]", command) for index, command in enumerate(commands)]


def _read_command(target: str, command: Mapping[str, Raw]) -> Command:
    properties = {name.lower(): value for name, value in command.items()}
    kind = _text(target, properties, "type")
    if kind not in _COMMANDS:
        raise InvalidRequestError(f"{target}.type", f"'{kind[:50]}' is none of {', '.join(_COMMANDS)}.")
    return _COMMANDS[kind](target, properties)


def _send_message(target: str, properties: Properties) -> Command:
    raw = properties.get("message")
    if raw is None:
        raise InvalidRequestError(f"{target}.message", "is required.")
    try:
        message = payload.read("application/json", bytes(raw)).message()
    except InvalidRequestError as error:
        raise InvalidRequestError(f"{target}.message.{error.target}", error.rule) from error
    return lambda hub, connections: hub.send_to(connections, message)


def _join_group(target: str, properties: Properties) -> Command:
    group = names.group(_text(target, properties, "group"), f"{target}.group")

    def join(hub: Hub, connections: Sequence[Connection]) -> None:
        for connection in connections:
            hub.add_connection_to_group(group, connection.connection_id)

    return join


def _leave_group(target: str, properties: Properties) -> Command:
    group = names.group(_text(target, properties, "group"), f"{target}.group")

    def leave(hub: Hub, connections: Sequence[Connection]) -> None:
        for connection in connections:
            hub.remove_connection_from_group(group, connection.connection_id)

    return leave


def _close_connection(target: str, properties: Properties) -> Command:
    reason = _decode(f"{target}.reason", properties.get("reason", Raw(b"null")), str | None)

    def close(hub: Hub, connections: Sequence[Connection]) -> None:
        for connection in connections:
            hub.close_connection(connection.connection_id, reason)

    return close


_COMMANDS: Mapping[str, Callable[[str, Properties], Command]] = {
    "SendMessage": _send_message,
    "JoinGroup": _join_group,
    "LeaveGroup": _leave_group,
    "CloseConnection": _close_connection,
}


def _text(target: str, properties: Properties, name: str) -> str:
    if name not in properties:
        raise InvalidRequestError(f"{target}.{name}", "is required.")
    text: str = _decode(f"{target}.{name}", properties[name], str)
    return text


def _decode(target: str, data: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(bytes(data).decode(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError(target, f"{error}.") from error
