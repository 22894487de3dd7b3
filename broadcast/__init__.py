"""Broadcast: send to a hub, a user, a group or a connection, and manage groups and connections."""

from broadcast import batch, connections, groups, hub, users

apis = (hub.api, users.api, groups.api, connections.api, batch.api)

__all__ = ["apis"]
