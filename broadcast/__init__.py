"""Broadcast: send to a hub, a user, a group or a connection, and manage groups and connections."""

from broadcast import connections, groups, hub, users

blueprints = (hub.blueprint, users.blueprint, groups.blueprint, connections.blueprint)

__all__ = ["blueprints"]
