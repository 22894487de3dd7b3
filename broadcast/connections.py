"""The functions that send to one connection, look for it, ask its client or close it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from broadcast.message import MESSAGE
from broadcast.service_function import service_function
from http_api.api import Api
from http_api.parameters import REASON
from http_api.responses import ACCEPTED, DONE, Answer, exists

if TYPE_CHECKING:
    from shared import Message, SignalRServiceClient

api = Api("Connections")
CONNECTION = "hubs/{hub}/connections/{connectionId}"
OPEN = exists("Warning.Connection.NotExisted", "The hub has no such connection.")
RESULT = Answer(
    200,
    "What the client returned, any JSON value.",
    {"type": "object", "required": ["result"], "properties": {"result": {}}, "additionalProperties": False},
    {"result": 42},
)


@service_function(api, "POST", CONNECTION, grant="send", answer=ACCEPTED, body=MESSAGE)
def send_to_connection(client: SignalRServiceClient, connection_id: str, message: Message) -> None:
    """Send a message to one connection; a success also when it has gone."""
    client.send_to_connection(connection_id, message)


@service_function(api, "POST", f"{CONNECTION}/:invoke", grant="send", answer=RESULT, body=MESSAGE)
def invoke(client: SignalRServiceClient, connection_id: str, message: Message) -> dict[str, Any]:
    """Call a method of one client and wait for what it returns."""
    return {"result": client.invoke(connection_id, message).result}


@service_function(api, "GET", CONNECTION, grant="read", answer=OPEN)
def connection_exists(client: SignalRServiceClient, connection_id: str) -> bool:
    """Is a connection open?"""
    return client.connection_exists(connection_id)


@service_function(api, "DELETE", CONNECTION, grant="manage", answer=ACCEPTED, query=(REASON,))
def close_connection(client: SignalRServiceClient, connection_id: str, reason: str | None) -> None:
    """Close a connection and tell its client the `reason`; 404 when it has gone."""
    client.close_connection(connection_id, reason=reason)


@service_function(api, "DELETE", f"{CONNECTION}/groups", grant="manage", answer=DONE)
def remove_connection_from_all_groups(client: SignalRServiceClient, connection_id: str) -> None:
    """Take a connection out of every group; a success also when it is in none."""
    client.remove_connection_from_all_groups(connection_id)
