"""The functions that send to a group, close its connections and manage who is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from broadcast.message import MESSAGE
from broadcast.service_function import service_function
from http_api.api import Api
from http_api.parameters import EXCLUDED, REASON, TOP, TTL
from http_api.responses import ACCEPTED, CLOSED, DONE, Answer, exists

if TYPE_CHECKING:
    from shared import Message, SignalRServiceClient

api = Api("Groups")
GROUP = "hubs/{hub}/groups/{group}"
MEMBER_CONNECTION = f"{GROUP}/connections/{{connectionId}}"
MEMBER_USER = f"{GROUP}/users/{{user}}"
NOT_EMPTY = exists("Warning.Group.NotExisted", "No connection is in this group.")
IN_GROUP = exists("Info.User.NotInGroup", "The user is not in this group.")
MEMBER = {
    "type": "object",
    "required": ["connectionId"],
    "properties": {"connectionId": {"type": "string"}, "userId": {"type": "string"}},
    "additionalProperties": False,
}
MEMBERS = Answer(
    200,
    "The connections; `userId` is absent for an anonymous client.",
    {
        "type": "object",
        "required": ["value"],
        "properties": {"value": {"type": "array", "items": MEMBER}},
        "additionalProperties": False,
    },
    {"value": [{"connectionId": "uVuZhiD54MqKCmxiyi36CweHFWuwK02", "userId": "ada"}]},
)


@service_function(api, "POST", GROUP, grant="send", answer=ACCEPTED, query=(EXCLUDED,), body=MESSAGE)
def send_to_group(client: SignalRServiceClient, group: str, message: Message, excluded: Sequence[str]) -> None:
    """Send a message to all connections in a group, except those in `excluded`; a success also when it is empty."""
    client.send_to_group(group, message, excluded=excluded)


@service_function(api, "GET", GROUP, grant="read", answer=NOT_EMPTY)
def group_exists(client: SignalRServiceClient, group: str) -> bool:
    """Is any connection in a group?"""
    return client.group_exists(group)


@service_function(api, "POST", f"{GROUP}/:closeConnections", grant="manage", answer=CLOSED, query=(EXCLUDED, REASON))
def close_group_connections(
    client: SignalRServiceClient, group: str, excluded: Sequence[str], reason: str | None
) -> None:
    """Close all connections in a group, except those in `excluded`, and tell their clients the `reason`."""
    client.close_group_connections(group, excluded=excluded, reason=reason)


@service_function(api, "GET", f"{GROUP}/connections", grant="read", answer=MEMBERS, query=(TOP,))
def list_connections_in_group(client: SignalRServiceClient, group: str, top: int) -> dict[str, Any]:
    """List the connections in a group, at most `top`."""
    members = client.list_connections_in_group(group, top=top)
    return {"value": [_member(member.connection_id, member.user_id) for member in members]}


def _member(connection_id: str, user_id: str | None) -> dict[str, str]:
    return {"connectionId": connection_id} | ({} if user_id is None else {"userId": user_id})


@service_function(api, "PUT", MEMBER_CONNECTION, grant="manage", answer=DONE)
def add_connection_to_group(client: SignalRServiceClient, group: str, connection_id: str) -> None:
    """Put a connection into a group for as long as it is open; 404 when it has gone."""
    client.add_connection_to_group(group, connection_id)


@service_function(api, "DELETE", MEMBER_CONNECTION, grant="manage", answer=DONE)
def remove_connection_from_group(client: SignalRServiceClient, group: str, connection_id: str) -> None:
    """Take a connection out of a group."""
    client.remove_connection_from_group(group, connection_id)


@service_function(api, "GET", MEMBER_USER, grant="read", answer=IN_GROUP)
def user_exists_in_group(client: SignalRServiceClient, group: str, user_id: str) -> bool:
    """Is a user in a group?"""
    return client.user_exists_in_group(group, user_id)


@service_function(api, "PUT", MEMBER_USER, grant="manage", answer=ACCEPTED, query=(TTL,))
def add_user_to_group(client: SignalRServiceClient, group: str, user_id: str, ttl: timedelta | None) -> None:
    """Put a user, with all connections of now and of the next `ttl` seconds, into a group."""
    client.add_user_to_group(group, user_id, ttl=ttl)


@service_function(api, "DELETE", MEMBER_USER, grant="manage", answer=ACCEPTED)
def remove_user_from_group(client: SignalRServiceClient, group: str, user_id: str) -> None:
    """Take a user, with all connections, out of a group; a success also when the user is not in it."""
    client.remove_user_from_group(group, user_id)
