"""The functions that send to a user, close a user's connections and manage what the service remembers of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from broadcast.message import MESSAGE
from broadcast.service_function import service_function
from http_api.api import Api
from http_api.parameters import EXCLUDED, REASON
from http_api.responses import ACCEPTED, CLOSED, DONE, exists

if TYPE_CHECKING:
    from shared import Message, SignalRServiceClient

api = Api("Users")
USER = "hubs/{hub}/users/{user}"
CONNECTED = exists("Warning.User.NotExisted", "The user has no connection to this hub.")


@service_function(api, "POST", USER, grant="send", answer=ACCEPTED, body=MESSAGE)
def send_to_user(client: SignalRServiceClient, user_id: str, message: Message) -> None:
    """Send a message to all connections of a user; a success also when the user has none."""
    client.send_to_user(user_id, message)


@service_function(api, "GET", USER, grant="read", answer=CONNECTED)
def user_exists(client: SignalRServiceClient, user_id: str) -> bool:
    """Has a user any connection?"""
    return client.user_exists(user_id)


@service_function(api, "DELETE", f"{USER}/groups", grant="manage", answer=DONE)
def remove_user_from_all_groups(client: SignalRServiceClient, user_id: str) -> None:
    """Take a user, with all connections, out of every group; a success also when the user is in none."""
    client.remove_user_from_all_groups(user_id)


@service_function(api, "POST", f"{USER}/:closeConnections", grant="manage", answer=CLOSED, query=(EXCLUDED, REASON))
def close_user_connections(
    client: SignalRServiceClient, user_id: str, excluded: Sequence[str], reason: str | None
) -> None:
    """Close all connections of a user, except those in `excluded`, and tell their clients the `reason`."""
    client.close_user_connections(user_id, excluded=excluded, reason=reason)
