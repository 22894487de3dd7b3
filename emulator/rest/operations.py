"""The REST operations: each row says what is asked for, what is done, and which status says that it was done.

Source: the service's published swagger files; error codes as its SDKs expect them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulator.errors import AbsentError
from emulator.rest.call import Call


@dataclass(frozen=True)
class Operation:
    """A row of the table; `status` answers a success, `takes_message` says that the body is a message."""

    methods: tuple[str, ...]
    path: str
    run: Callable[[Call], None]
    status: int
    takes_message: bool = False


def send_to_all(call: Call) -> None:
    call.hub.send_to_all(call.body, call.excluded)


def send_to_group(call: Call) -> None:
    call.hub.send_to_group(call.group, call.body, call.excluded)


def send_to_user(call: Call) -> None:
    call.hub.send_to_user(call.user, call.body)


def send_to_connection(call: Call) -> None:
    call.hub.send_to_connection(call.connection_id, call.body)


def connection_exists(call: Call) -> None:
    if call.connection_id not in call.hub.connections:
        raise AbsentError("Warning.Connection.NotExisted", f"There is no connection '{call.connection_id}'.")


def group_exists(call: Call) -> None:
    if call.group not in call.hub.groups:
        raise AbsentError("Warning.Group.NotExisted", f"There is no connection in the group '{call.group}'.")


def user_exists(call: Call) -> None:
    if call.user not in call.hub.users:
        raise AbsentError("Warning.User.NotExisted", f"There is no connection of the user '{call.user}'.")


def user_exists_in_group(call: Call) -> None:
    if not call.hub.user_exists_in_group(call.group, call.user, call.now):
        raise AbsentError("Info.User.NotInGroup", f"The user '{call.user}' is not in the group '{call.group}'.")


def close_connection(call: Call) -> None:
    if not call.hub.close_connection(call.connection_id, call.reason):
        raise AbsentError("Warning.Connection.NotExisted", f"There is no connection '{call.connection_id}'.")


def add_connection_to_group(call: Call) -> None:
    if not call.hub.add_connection_to_group(call.group, call.connection_id):
        raise AbsentError("Error.Connection.NotExisted", f"There is no connection '{call.connection_id}'.")


def remove_connection_from_group(call: Call) -> None:
    call.hub.remove_connection_from_group(call.group, call.connection_id)


def add_user_to_group(call: Call) -> None:
    call.hub.add_user_to_group(call.group, call.user, call.ttl, call.now)


def remove_user_from_group(call: Call) -> None:
    call.hub.remove_user_from_group(call.group, call.user)


def remove_user_from_all_groups(call: Call) -> None:
    call.hub.remove_user_from_all_groups(call.user)


# HEAD too: aiohttp answers it wherever GET is offered.
_EXISTENCE = ("GET",)
# `[^/]+` because aiohttp's own pattern for a segment leaves names with braces out.
_HUB = "/api/v1/hubs/{hub:[^/]+}"
_CONNECTION = "/connections/{connection_id:[^/]+}"
_GROUP = _HUB + "/groups/{group:[^/]+}"
_USER = "/users/{user:[^/]+}"

VERSION_1 = (
    Operation(("POST",), _HUB, send_to_all, 202, takes_message=True),
    Operation(("POST",), _HUB + _USER, send_to_user, 202, takes_message=True),
    Operation(("POST",), _HUB + _CONNECTION, send_to_connection, 202, takes_message=True),
    Operation(("POST",), _GROUP, send_to_group, 202, takes_message=True),
    Operation(_EXISTENCE, _HUB + _CONNECTION, connection_exists, 200),
    Operation(_EXISTENCE, _GROUP, group_exists, 200),
    Operation(_EXISTENCE, _HUB + _USER, user_exists, 200),
    Operation(("DELETE",), _HUB + _CONNECTION, close_connection, 202),
    Operation(("PUT",), _GROUP + _CONNECTION, add_connection_to_group, 200),
    Operation(("DELETE",), _GROUP + _CONNECTION, remove_connection_from_group, 200),
    Operation(_EXISTENCE, _GROUP + _USER, user_exists_in_group, 200),
    Operation(("PUT",), _GROUP + _USER, add_user_to_group, 202),
    Operation(("DELETE",), _GROUP + _USER, remove_user_from_group, 202),
    Operation(("DELETE",), _HUB + _USER + "/groups", remove_user_from_all_groups, 200),
)
