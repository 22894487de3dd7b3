"""Operations: every call of the REST API, version 1.0, as a value that knows nothing of sending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode

from shared.errors import InvalidParameterError
from shared.message import Message
from shared.parameters import checked_excluded, checked_group, checked_hub, checked_id, checked_text, whole_seconds

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One REST call.

    `path` is percent-encoded and begins with a slash. Every 2xx is success, because the versions of the API differ
    in which one they answer. `absent_code` is set where 404 is an answer and no error: the `x-ms-error-code` that
    such a 404 carries.
    """

    name: str
    hub: str
    method: str
    path: str
    query: Query = ()
    body: bytes | None = None
    absent_code: str | None = None

    @property
    def path_and_query(self) -> str:
        return f"{self.path}?{urlencode(self.query, quote_via=quote)}" if self.query else self.path


def send_to_all(hub: str, message: Message, *, excluded: Sequence[str] = ()) -> Operation:
    return Operation("send_to_all", hub, "POST", _v1(hub), _excluded(excluded), _body(message))


def send_to_user(hub: str, user_id: str, message: Message) -> Operation:
    return Operation("send_to_user", hub, "POST", _user(hub, user_id), body=_body(message))


def send_to_group(hub: str, group: str, message: Message, *, excluded: Sequence[str] = ()) -> Operation:
    return Operation("send_to_group", hub, "POST", _group(hub, group), _excluded(excluded), _body(message))


def send_to_connection(hub: str, connection_id: str, message: Message) -> Operation:
    return Operation("send_to_connection", hub, "POST", _connection(hub, connection_id), body=_body(message))


def connection_exists(hub: str, connection_id: str) -> Operation:
    path = _connection(hub, connection_id)
    return Operation("connection_exists", hub, "HEAD", path, absent_code="Warning.Connection.NotExisted")


def user_exists(hub: str, user_id: str) -> Operation:
    return Operation("user_exists", hub, "HEAD", _user(hub, user_id), absent_code="Warning.User.NotExisted")


def group_exists(hub: str, group: str) -> Operation:
    return Operation("group_exists", hub, "HEAD", _group(hub, group), absent_code="Warning.Group.NotExisted")


def user_exists_in_group(hub: str, group: str, user_id: str) -> Operation:
    path = _group_user(hub, group, user_id)
    return Operation("user_exists_in_group", hub, "HEAD", path, absent_code="Info.User.NotInGroup")


def close_connection(hub: str, connection_id: str, *, reason: str | None = None) -> Operation:
    query: Query = () if reason is None else (("reason", checked_text("reason", reason)),)
    return Operation("close_connection", hub, "DELETE", _connection(hub, connection_id), query)


def add_connection_to_group(hub: str, group: str, connection_id: str) -> Operation:
    return Operation("add_connection_to_group", hub, "PUT", _group_connection(hub, group, connection_id))


def remove_connection_from_group(hub: str, group: str, connection_id: str) -> Operation:
    return Operation("remove_connection_from_group", hub, "DELETE", _group_connection(hub, group, connection_id))


def add_user_to_group(hub: str, group: str, user_id: str, *, ttl: timedelta | None = None) -> Operation:
    query: Query = () if ttl is None else (("ttl", str(whole_seconds("ttl", ttl))),)
    return Operation("add_user_to_group", hub, "PUT", _group_user(hub, group, user_id), query)


def remove_user_from_group(hub: str, group: str, user_id: str) -> Operation:
    return Operation("remove_user_from_group", hub, "DELETE", _group_user(hub, group, user_id))


def remove_user_from_all_groups(hub: str, user_id: str) -> Operation:
    return Operation("remove_user_from_all_groups", hub, "DELETE", f"{_user(hub, user_id)}/groups")


def generate_token(hub: str, *, user_id: str | None, lifetime: timedelta) -> Operation:
    """A client token made by the service (API version 2022-11-01), which counts lifetimes in minutes."""
    minutes = whole_seconds("lifetime", lifetime, least=60) // 60
    user = () if user_id is None else (("userId", checked_id("user_id", user_id)),)
    query = (*user, ("minutesToExpire", str(minutes)), ("api-version", "2022-11-01"))
    return Operation("generate_token", hub, "POST", f"/api/hubs/{_segment(checked_hub(hub))}/:generateToken", query)


def _v1(hub: str) -> str:
    return f"/api/v1/hubs/{_segment(checked_hub(hub))}"


def _user(hub: str, user_id: str) -> str:
    return f"{_v1(hub)}/users/{_segment(checked_id('user_id', user_id))}"


def _group(hub: str, group: str) -> str:
    return f"{_v1(hub)}/groups/{_segment(checked_group(group))}"


def _connection(hub: str, connection_id: str) -> str:
    return f"{_v1(hub)}/connections/{_segment(checked_id('connection_id', connection_id))}"


def _group_connection(hub: str, group: str, connection_id: str) -> str:
    return f"{_group(hub, group)}/connections/{_segment(checked_id('connection_id', connection_id))}"


def _group_user(hub: str, group: str, user_id: str) -> str:
    return f"{_group(hub, group)}/users/{_segment(checked_id('user_id', user_id))}"


def _segment(value: str) -> str:
    return quote(value, safe="")


def _excluded(excluded: Sequence[str]) -> Query:
    # One pair for each: a comma would be part of the id.
    return tuple(("excluded", connection_id) for connection_id in checked_excluded(excluded))


def _body(message: Message) -> bytes:
    if not isinstance(message, Message):
        raise InvalidParameterError("message", f"must be a Message, not {type(message).__name__}")
    return message.body
