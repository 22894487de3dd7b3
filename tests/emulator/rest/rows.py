"""The rows of REST version 1.0 as the service documents them, written down apart from the emulator's own table."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A verb and a path below `/api/v1/hubs/`; its status where all is there, and its code where nothing is.

    `code` is None where the row succeeds even for nobody. In the path stand the user `ann`, the group `news` and
    `{connection}`, which a test fills in.
    """

    method: str
    path: str
    status: int
    code: str | None = None

    @property
    def has_message(self) -> bool:
        return self.method == "POST"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


NO_CONNECTION = "Warning.Connection.NotExisted"
NO_GROUP = "Warning.Group.NotExisted"
NO_USER = "Warning.User.NotExisted"
NOT_IN_GROUP = "Info.User.NotInGroup"
NO_CONNECTION_TO_ADD = "Error.Connection.NotExisted"

ROWS = [
    Row("POST", "chat", 202),
    Row("POST", "chat/users/ann", 202),
    Row("POST", "chat/connections/{connection}", 202),
    Row("POST", "chat/groups/news", 202),
    Row("GET", "chat/connections/{connection}", 200, NO_CONNECTION),
    Row("HEAD", "chat/connections/{connection}", 200, NO_CONNECTION),
    Row("GET", "chat/groups/news", 200, NO_GROUP),
    Row("HEAD", "chat/groups/news", 200, NO_GROUP),
    Row("GET", "chat/users/ann", 200, NO_USER),
    Row("HEAD", "chat/users/ann", 200, NO_USER),
    Row("DELETE", "chat/connections/{connection}", 202, NO_CONNECTION),
    Row("PUT", "chat/groups/news/connections/{connection}", 200, NO_CONNECTION_TO_ADD),
    Row("DELETE", "chat/groups/news/connections/{connection}", 200),
    Row("GET", "chat/groups/news/users/ann", 200, NOT_IN_GROUP),
    Row("HEAD", "chat/groups/news/users/ann", 200, NOT_IN_GROUP),
    Row("PUT", "chat/groups/news/users/ann", 202),
    Row("DELETE", "chat/groups/news/users/ann", 202),
    Row("DELETE", "chat/users/ann/groups", 200),
]
