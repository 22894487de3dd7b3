"""A hub: its connections, users and groups as plain data, indexed so that a send costs only its receivers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection
from itertools import count

from emulator.connection import Connection
from emulator.outbox import Outbox
from emulator.outgoing import OutgoingMessage
from emulator.user_groups import UserGroups

Members = dict[str, Connection]
# Told of each message and of how many clients it went to.
OnSent = Callable[[OutgoingMessage, int], None]


class Hub:
    """The open connections of one hub, by connection id, by user and by group."""

    def __init__(self, name: str, outbox: Outbox, on_sent: OnSent | None = None) -> None:
        self.name = name
        self._outbox = outbox
        self._on_sent = on_sent
        self.connections: Members = {}
        self.users: dict[str, Members] = {}
        self.groups: dict[str, Members] = {}
        self._user_groups = UserGroups()
        self._joins = count(1)

    def join(self, connection: Connection, now: float) -> None:
        """Take in a connection whose handshake is done, with the groups that its user was put in."""
        self.connections[connection.connection_id] = connection
        user_id = connection.user_id
        if user_id is None:
            return
        self.users.setdefault(user_id, {})[connection.connection_id] = connection
        for group in self._user_groups.groups_of(user_id, now):
            self._enter(group, connection)

    def leave(self, connection: Connection) -> bool:
        """Forget a connection and its groups; what its user was put in stays. Whether it was here."""
        if self.connections.pop(connection.connection_id, None) is None:
            return False
        self._exit_all(connection)
        if connection.user_id is not None:
            _drop(self.users, connection.user_id, connection)
        return True

    def send_to_all(self, message: OutgoingMessage, excluded: Collection[str] = ()) -> None:
        self._send(self.connections.values(), message, excluded)

    def send_to_group(self, group: str, message: OutgoingMessage, excluded: Collection[str] = ()) -> None:
        self._send(self.groups.get(group, {}).values(), message, excluded)

    def send_to_user(self, user_id: str, message: OutgoingMessage) -> None:
        self._send(self.users.get(user_id, {}).values(), message)

    def send_to_connection(self, connection_id: str, message: OutgoingMessage) -> None:
        if connection := self.connections.get(connection_id):
            self._send([connection], message)

    def send_to(self, connections: Collection[Connection], message: OutgoingMessage) -> None:
        """Send to those of the connections that are still here."""
        self._send([connection for connection in connections if connection.connection_id in self.connections], message)

    def _send(
        self, connections: Collection[Connection], message: OutgoingMessage, excluded: Collection[str] = ()
    ) -> None:
        receivers = list(connections)
        if excluded:
            receivers = [connection for connection in receivers if connection.connection_id not in excluded]
        if not receivers:
            return
        self._outbox.add(message, receivers)
        if self._on_sent is not None:
            self._on_sent(message, len(receivers))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to remember: no connection and no user in a group."""
        return not self.connections and not self._user_groups

    def forget_expired(self, now: float) -> None:
        self._user_groups.forget_expired(now)

    def counts(self) -> dict[str, int]:
        """How many connections, connected users and groups with members there are."""
        return {"connections": len(self.connections), "users": len(self.users), "groups": len(self.groups)}

    def close_connection(self, connection_id: str, reason: str | None) -> bool:
        """Close one connection; whether it was there."""
        connection = self.connections.get(connection_id)
        if connection is None:
            return False
        connection.close_with_reason(reason)
        return True

    def close_all(self, reason: str | None, excluded: Collection[str] = ()) -> None:
        _close(self.connections, reason, excluded)

    def close_group(self, group: str, reason: str | None, excluded: Collection[str] = ()) -> None:
        _close(self.groups.get(group, {}), reason, excluded)

    def close_user(self, user_id: str, reason: str | None, excluded: Collection[str] = ()) -> None:
        _close(self.users.get(user_id, {}), reason, excluded)

    def add_connection_to_group(self, group: str, connection_id: str) -> bool:
        """Put a connection in a group for as long as it lives; whether the connection was there."""
        connection = self.connections.get(connection_id)
        if connection is None:
            return False
        self._enter(group, connection)
        return True

    def remove_connection_from_group(self, group: str, connection_id: str) -> None:
        if connection := self.connections.get(connection_id):
            self._exit(group, connection)

    def remove_connection_from_all_groups(self, connection_id: str) -> None:
        if connection := self.connections.get(connection_id):
            self._exit_all(connection)

    def add_user_to_group(self, group: str, user_id: str, ttl: int | None, now: float) -> None:
        """Put a user's open connections in a group now, and those to come until `ttl` seconds are over."""
        self._user_groups.add(user_id, group, ttl, now)
        for connection in self.users.get(user_id, {}).values():
            self._enter(group, connection)

    def remove_user_from_group(self, group: str, user_id: str) -> None:
        self._user_groups.remove(user_id, group)
        for connection in self.users.get(user_id, {}).values():
            self._exit(group, connection)

    def remove_user_from_all_groups(self, user_id: str) -> None:
        self._user_groups.remove_all(user_id)
        for connection in self.users.get(user_id, {}).values():
            self._exit_all(connection)

    def user_exists_in_group(self, group: str, user_id: str, now: float) -> bool:
        """Whether the user was put in the group, connected or not."""
        return self._user_groups.contains(user_id, group, now)

    def members(self, group: str, after: int, limit: int) -> list[Connection]:
        """A group's connections in the order of joining, from the one that joined next after number `after`.

        A connection that stays in the group while it is listed in parts stands in one of them.
        """
        members = list(self.groups.get(group, {}).values())
        start = bisect_right(members, after, key=lambda connection: connection.groups[group])
        return members[start : start + limit]

    def _enter(self, group: str, connection: Connection) -> None:
        if group not in connection.groups:
            connection.groups[group] = next(self._joins)
            self.groups.setdefault(group, {})[connection.connection_id] = connection

    def _exit(self, group: str, connection: Connection) -> None:
        if connection.groups.pop(group, None) is not None:
            _drop(self.groups, group, connection)

    def _exit_all(self, connection: Connection) -> None:
        for group in list(connection.groups):
            self._exit(group, connection)


def _close(members: Members, reason: str | None, excluded: Collection[str]) -> None:
    # A copy: each connection leaves `members` as it closes.
    for connection_id, connection in list(members.items()):
        if connection_id not in excluded:
            connection.close_with_reason(reason)


def _drop(index: dict[str, Members], key: str, connection: Connection) -> None:
    """Take a connection out of an index, and the key with its last connection."""
    members = index[key]
    del members[connection.connection_id]
    if not members:
        del index[key]
