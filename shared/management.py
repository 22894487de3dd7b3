"""Management: the methods that ask for connections, users and groups, and change or close them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from shared import operations
from shared.listing import group_members
from shared.many import MAX_IN_FLIGHT, ManyResults, Progress
from shared.results import GroupMember
from shared.sender import HubMethods


class Management(HubMethods):
    """All of these have the same effect when done twice, and are retried; closing many connections alone is not."""

    def connection_exists(self, connection_id: str) -> bool:
        return self._sender.send(operations.connection_exists(self._at, connection_id)) is not None

    def user_exists(self, user_id: str) -> bool:
        """Whether the user has any connection now."""
        return self._sender.send(operations.user_exists(self._at, user_id)) is not None

    def group_exists(self, group: str) -> bool:
        """Whether any connection is in the group now."""
        return self._sender.send(operations.group_exists(self._at, group)) is not None

    def user_exists_in_group(self, group: str, user_id: str) -> bool:
        return self._sender.send(operations.user_exists_in_group(self._at, group, user_id)) is not None

    def close_connection(self, connection_id: str, *, reason: str | None = None) -> None:
        """Close a connection; ResourceNotFoundError where there is none.

        The service shows `reason` only to clients whose token asks for detailed errors (`asrs.s.derror`).
        """
        self._sender.send(operations.close_connection(self._at, connection_id, reason=reason))

    def close_all_connections(self, *, excluded: Sequence[str] = (), reason: str | None = None) -> None:
        """Close every connection of the hub but the `excluded` ones; clients that reconnect by themselves come back."""
        self._sender.send(operations.close_all_connections(self._at, excluded=excluded, reason=reason))

    def close_user_connections(self, user_id: str, *, excluded: Sequence[str] = (), reason: str | None = None) -> None:
        self._sender.send(operations.close_user_connections(self._at, user_id, excluded=excluded, reason=reason))

    def close_group_connections(self, group: str, *, excluded: Sequence[str] = (), reason: str | None = None) -> None:
        self._sender.send(operations.close_group_connections(self._at, group, excluded=excluded, reason=reason))

    def add_connection_to_group(self, group: str, connection_id: str) -> None:
        """Put a connection into a group until it ends; ResourceNotFoundError where there is no such connection."""
        self._sender.send(operations.add_connection_to_group(self._at, group, connection_id))

    def remove_connection_from_group(self, group: str, connection_id: str) -> None:
        self._sender.send(operations.remove_connection_from_group(self._at, group, connection_id))

    def remove_connection_from_all_groups(self, connection_id: str) -> None:
        self._sender.send(operations.remove_connection_from_all_groups(self._at, connection_id))

    def add_user_to_group(self, group: str, user_id: str, *, ttl: timedelta | None = None) -> None:
        """Put all connections of a user, future ones too, into a group.

        `ttl` (whole seconds) ends this for future connections only; without it the service keeps it for a year, and
        zero means the connections of this moment alone.
        """
        self._sender.send(operations.add_user_to_group(self._at, group, user_id, ttl=ttl))

    def remove_user_from_group(self, group: str, user_id: str) -> None:
        self._sender.send(operations.remove_user_from_group(self._at, group, user_id))

    def remove_user_from_all_groups(self, user_id: str) -> None:
        self._sender.send(operations.remove_user_from_all_groups(self._at, user_id))

    def add_connections_to_group(
        self,
        group: str,
        connection_ids: Iterable[str],
        *,
        max_in_flight: int = MAX_IN_FLIGHT,
        progress: Progress | None = None,
    ) -> ManyResults:
        """Put each of many connections into a group; iterate over the results, or call their `finish`."""
        self._at.group(group)
        return ManyResults(
            connection_ids,
            lambda connection_id: self.add_connection_to_group(group, connection_id),
            max_in_flight=max_in_flight,
            progress=progress,
        )

    def add_users_to_group(
        self,
        group: str,
        user_ids: Iterable[str],
        *,
        ttl: timedelta | None = None,
        max_in_flight: int = MAX_IN_FLIGHT,
        progress: Progress | None = None,
    ) -> ManyResults:
        """Put each of many users into a group; iterate over the results, or call their `finish`."""
        operations.add_user_to_group(self._at, group, "anyone", ttl=ttl)
        return ManyResults(
            user_ids,
            lambda user_id: self.add_user_to_group(group, user_id, ttl=ttl),
            max_in_flight=max_in_flight,
            progress=progress,
        )

    def list_connections_in_group(
        self, group: str, *, top: int | None = None, page_size: int | None = None
    ) -> Iterator[GroupMember]:
        """The connections in a group, at most `top`; a page (1 to 200, the default) is fetched when it is reached."""
        first = operations.list_connections_in_group(self._at, group, top=top, page_size=page_size)
        return group_members(self._sender.online(), first, top)
