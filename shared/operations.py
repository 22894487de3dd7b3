"""Operations: every call of the REST API, version 1.0 and 2024-12-01.

Operation ids and statuses: the published swagger v1 and v20241201 of Azure SignalR Service.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from shared.commands import Command, encoded_commands
from shared.errors import InvalidParameterError
from shared.filters import Filter, filter_text
from shared.message import Message, StreamItem
from shared.operation import NEWEST_QUERY, HubPaths, Operation, Query, Scope
from shared.parameters import checked_excluded, checked_id, checked_text, checked_whole, whole_seconds
from shared.raw_message import RawMessage

MESSAGE_TYPES = (Message, RawMessage)


def send_to_all(at: HubPaths, message: Message | RawMessage, *, excluded: Sequence[str] = ()) -> Operation:
    at = _for_message(at, message)
    return _send("send_to_all", at, at.root, message, _excluded(excluded))


def send_to_user(at: HubPaths, user_id: str, message: Message | RawMessage) -> Operation:
    at = _for_message(at, message)
    return _send("send_to_user", at, at.user(user_id), message)


def send_to_group(
    at: HubPaths, group: str, message: Message | RawMessage, *, excluded: Sequence[str] = ()
) -> Operation:
    at = _for_message(at, message)
    return _send("send_to_group", at, at.group(group), message, _excluded(excluded))


def send_to_connection(at: HubPaths, connection_id: str, message: Message | RawMessage) -> Operation:
    at = _for_message(at, message)
    return _send("send_to_connection", at, at.connection(connection_id), message)


def invoke(at: HubPaths, connection_id: str, message: Message | RawMessage) -> Operation:
    path = f"{at.newest().connection(connection_id)}/:invoke"
    return _once("invoke", at, path, body=checked_message(message).body, content_type=message.content_type, scope="one")


def send_stream_item(
    at: HubPaths, connection_id: str, stream_id: str, item: StreamItem, *, completed: bool = False
) -> Operation:
    path = f"{at.newest().stream(connection_id, stream_id)}/:send"
    query: Query = (("completed", "true"),) if completed else ()
    return _once("send_stream_item", at, path, query, body=item.body, scope="one")


def complete_stream(at: HubPaths, connection_id: str, stream_id: str, *, reason: str | None = None) -> Operation:
    path = f"{at.newest().stream(connection_id, stream_id)}/:complete"
    # The published API calls it reason, and Azure's SDK sends it as error.
    told = () if reason is None else (("reason", checked_text("reason", reason)), ("error", reason))
    return _once("complete_stream", at, path, told, scope="one")


def execute(at: HubPaths, commands: Command | Sequence[Command], *, where: Filter | str | None = None) -> Operation:
    query: Query = () if where is None else (("filter", filter_text(where)),)
    return _once("execute", at, f"{at.newest().root}/:execute", query, body=encoded_commands(commands))


def connection_exists(at: HubPaths, connection_id: str) -> Operation:
    return _exists("connection_exists", at, at.connection(connection_id), "Warning.Connection.NotExisted")


def user_exists(at: HubPaths, user_id: str) -> Operation:
    return _exists("user_exists", at, at.user(user_id), "Warning.User.NotExisted")


def group_exists(at: HubPaths, group: str) -> Operation:
    return _exists("group_exists", at, at.group(group), "Warning.Group.NotExisted")


def user_exists_in_group(at: HubPaths, group: str, user_id: str) -> Operation:
    return _exists("user_exists_in_group", at, at.group_user(group, user_id), "Info.User.NotInGroup")


def close_connection(at: HubPaths, connection_id: str, *, reason: str | None = None) -> Operation:
    path, query = at.connection(connection_id), (*_reason(reason), *at.query)
    gone = "Warning.Connection.NotExisted"
    return Operation("close_connection", at.hub, "DELETE", path, query, gone_code=gone, scope="one")


def close_all_connections(at: HubPaths, *, excluded: Sequence[str] = (), reason: str | None = None) -> Operation:
    return _close("close_all_connections", at, at.newest().root, excluded, reason)


def close_user_connections(
    at: HubPaths, user_id: str, *, excluded: Sequence[str] = (), reason: str | None = None
) -> Operation:
    return _close("close_user_connections", at, at.newest().user(user_id), excluded, reason)


def close_group_connections(
    at: HubPaths, group: str, *, excluded: Sequence[str] = (), reason: str | None = None
) -> Operation:
    return _close("close_group_connections", at, at.newest().group(group), excluded, reason)


def add_connection_to_group(at: HubPaths, group: str, connection_id: str) -> Operation:
    path = at.group_connection(group, connection_id)
    return Operation("add_connection_to_group", at.hub, "PUT", path, at.query, scope="one")


def remove_connection_from_group(at: HubPaths, group: str, connection_id: str) -> Operation:
    path = at.group_connection(group, connection_id)
    return Operation("remove_connection_from_group", at.hub, "DELETE", path, at.query, scope="one")


def remove_connection_from_all_groups(at: HubPaths, connection_id: str) -> Operation:
    path = f"{at.newest().connection(connection_id)}/groups"
    return Operation("remove_connection_from_all_groups", at.hub, "DELETE", path, NEWEST_QUERY, scope="one")


def add_user_to_group(at: HubPaths, group: str, user_id: str, *, ttl: timedelta | None = None) -> Operation:
    seconds: Query = () if ttl is None else (("ttl", str(whole_seconds("ttl", ttl))),)
    return Operation("add_user_to_group", at.hub, "PUT", at.group_user(group, user_id), (*seconds, *at.query))


def remove_user_from_group(at: HubPaths, group: str, user_id: str) -> Operation:
    return Operation("remove_user_from_group", at.hub, "DELETE", at.group_user(group, user_id), at.query)


def remove_user_from_all_groups(at: HubPaths, user_id: str) -> Operation:
    return Operation("remove_user_from_all_groups", at.hub, "DELETE", f"{at.user(user_id)}/groups", at.query)


def list_connections_in_group(
    at: HubPaths, group: str, *, top: int | None = None, page_size: int | None = None
) -> Operation:
    limits = (("top", "top", top, 2**31 - 1), ("page_size", "maxpagesize", page_size, 200))
    query = tuple((key, checked_whole(name, value, most)) for name, key, value, most in limits if value is not None)
    path = f"{at.newest().group(group)}/connections"
    return Operation("list_connections_in_group", at.hub, "GET", path, (*query, *NEWEST_QUERY))


def generate_token(at: HubPaths, *, user_id: str | None, lifetime: timedelta) -> Operation:
    """A client token made by the service, which counts lifetimes in minutes."""
    minutes = whole_seconds("lifetime", lifetime, least=60) // 60
    user = () if user_id is None else (("userId", checked_id("user_id", user_id)),)
    query = (*user, ("minutesToExpire", str(minutes)), *NEWEST_QUERY)
    return Operation("generate_token", at.hub, "POST", f"{at.newest().root}/:generateToken", query)


ACCESS_KEY = Operation("access_key", "", "GET", "/api/auth/accessKey", NEWEST_QUERY)
HEALTH = Operation("health", "", "HEAD", "/api/health", NEWEST_QUERY)


def _for_message(at: HubPaths, message: Message | RawMessage) -> HubPaths:
    # Version 1.0 takes JSON alone.
    return at.newest() if isinstance(message, RawMessage) else at


def _send(name: str, at: HubPaths, path: str, message: Message | RawMessage, query: Query = ()) -> Operation:
    body, suffix = checked_message(message).body, "" if at.is_v1 else "/:send"
    return Operation(
        name, at.hub, "POST", f"{path}{suffix}", (*query, *at.query), body, message.content_type, is_idempotent=False
    )


def _once(
    name: str,
    at: HubPaths,
    path: str,
    query: Query = (),
    *,
    body: bytes | None = None,
    content_type: str = "application/json",
    scope: Scope = "each",
) -> Operation:
    query = (*query, *NEWEST_QUERY)
    return Operation(name, at.hub, "POST", path, query, body, content_type, is_idempotent=False, scope=scope)


def _exists(name: str, at: HubPaths, path: str, absent_code: str) -> Operation:
    return Operation(name, at.hub, "HEAD", path, at.query, absent_code=absent_code, scope="any")


def _close(name: str, at: HubPaths, path: str, excluded: Sequence[str], reason: str | None) -> Operation:
    # Not idempotent: clients reconnect by themselves, and the second time would hit their new connections.
    return _once(name, at, f"{path}/:closeConnections", (*_excluded(excluded), *_reason(reason)))


def _reason(reason: str | None) -> Query:
    return () if reason is None else (("reason", checked_text("reason", reason)),)


def _excluded(excluded: Sequence[str]) -> Query:
    # One pair for each: a comma would be part of the id.
    return tuple(("excluded", connection_id) for connection_id in checked_excluded(excluded))


def checked_message(message: Message | RawMessage) -> Message | RawMessage:
    if not isinstance(message, MESSAGE_TYPES):
        raise InvalidParameterError("message", f"must be a Message or a RawMessage, not {type(message).__name__}")
    return message
