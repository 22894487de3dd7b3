"""The functions for a whole hub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from broadcast.message import MESSAGE
from broadcast.service_function import service_function
from http_api.api import Api
from http_api.parameters import EXCLUDED, REASON
from http_api.responses import ACCEPTED, CLOSED

if TYPE_CHECKING:
    from shared import Message, SignalRServiceClient

api = Api("Hub")


@service_function(api, "POST", "broadcast", grant="send", answer=ACCEPTED, query=(EXCLUDED,), body=MESSAGE)
def broadcast(client: SignalRServiceClient, message: Message, excluded: Sequence[str]) -> None:
    """Send a message to all connections of the default hub, except those in `excluded`."""
    client.send_to_all(message, excluded=excluded)


@service_function(api, "POST", "hubs/{hub}", grant="send", answer=ACCEPTED, query=(EXCLUDED,), body=MESSAGE)
def send_to_hub(client: SignalRServiceClient, message: Message, excluded: Sequence[str]) -> None:
    """Send a message to all connections of a hub, except those in `excluded`; a success also when nobody is there."""
    client.send_to_all(message, excluded=excluded)


@service_function(api, "POST", "hubs/{hub}/:closeConnections", grant="manage", answer=CLOSED, query=(EXCLUDED, REASON))
def close_all_connections(client: SignalRServiceClient, excluded: Sequence[str], reason: str | None) -> None:
    """Close all connections of a hub, except those in `excluded`, and tell their clients the `reason`."""
    client.close_all_connections(excluded=excluded, reason=reason)
