"""The REST operations: each reads its parameters, then does what it is asked, in one turn of the event loop.

Source: the service's published swagger files; error codes as its SDKs expect them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator import names
from emulator.errors import AbsentError
from emulator.rest.call import Call

# What an operation does; what it returns, if anything, is the answer's body.
Run = Callable[[Call], Any]


def send_to_all(call: Call) -> None:
    call.hub.send_to_all(call.message, call.excluded)


def send_to_group(call: Call) -> None:
    call.hub.send_to_group(call.group, call.message, call.excluded)


def send_to_user(call: Call) -> None:
    call.hub.send_to_user(call.user, call.message)


def send_to_connection(call: Call) -> None:
    call.hub.send_to_connection(call.connection_id, call.message)


def connection_exists(call: Call) -> None:
    if call.connection_id not in call.hub.connections:
        raise no_connection("Warning", call.connection_id)


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
        raise no_connection("Warning", call.connection_id)


def close_all_connections(call: Call) -> None:
    call.hub.close_all(call.reason, call.excluded)


def close_group_connections(call: Call) -> None:
    call.hub.close_group(call.group, call.reason, call.excluded)


def close_user_connections(call: Call) -> None:
    call.hub.close_user(names.user(call.user), call.reason, call.excluded)


def add_connection_to_group(call: Call) -> None:
    if not call.hub.add_connection_to_group(call.group, call.connection_id):
        raise no_connection("Error", call.connection_id)


def remove_connection_from_group(call: Call) -> None:
    call.hub.remove_connection_from_group(call.group, call.connection_id)


def remove_connection_from_all_groups(call: Call) -> None:
    call.hub.remove_connection_from_all_groups(call.connection_id)


def add_user_to_group(call: Call) -> None:
    call.hub.add_user_to_group(call.group, call.user, call.query.integer("ttl", least=0), call.now)


def remove_user_from_group(call: Call) -> None:
    call.hub.remove_user_from_group(call.group, call.user)


def remove_user_from_all_groups(call: Call) -> None:
    call.hub.remove_user_from_all_groups(call.user)


def no_connection(level: str, connection_id: str) -> AbsentError:
    """Only an operation that needs the connection calls its absence an error; to others it is a warning."""
    return AbsentError(f"{level}.Connection.NotExisted", f"There is no connection '{connection_id}'.")
