"""The operations of version 1.0, under `/api/v1`."""

from __future__ import annotations

from emulator.rest import operations as do
from emulator.rest.operation import Operation

PREFIX = "/api/v1"

_HUB = "/hubs/{hub}"
_CONNECTION = "/hubs/{hub}/connections/{connectionId}"
_GROUP = "/hubs/{hub}/groups/{group}"
_USER = "/hubs/{hub}/users/{user}"
# The published path first, then the other order of its parts, which the service's SDKs and emulator know as well.
_CONNECTION_IN_GROUP = (_GROUP + "/connections/{connectionId}", _CONNECTION + "/groups/{group}")
_USER_IN_GROUP = (_GROUP + "/users/{user}", _USER + "/groups/{group}")


def _send(path: str, run: do.Run, action: str) -> Operation:
    return Operation(methods=("POST",), paths=(path,), run=run, action=action, status=202, takes_body=True)


def _exists(paths: tuple[str, ...], run: do.Run, action: str) -> Operation:
    return Operation(methods=("GET", "HEAD"), paths=paths, run=run, action=action, status=200)


def _change(method: str, paths: tuple[str, ...], run: do.Run, action: str, status: int) -> Operation:
    return Operation(methods=(method,), paths=paths, run=run, action=action, status=status)


OPERATIONS = (
    _send(_HUB, do.send_to_all, "hub/send/action"),
    _send(_USER, do.send_to_user, "user/send/action"),
    _send(_CONNECTION, do.send_to_connection, "clientConnection/send/action"),
    _send(_GROUP, do.send_to_group, "group/send/action"),
    _exists((_CONNECTION,), do.connection_exists, "clientConnection/read"),
    _exists((_GROUP,), do.group_exists, "group/read"),
    _exists((_USER,), do.user_exists, "user/read"),
    _exists(_USER_IN_GROUP, do.user_exists_in_group, "user/read"),
    _change("DELETE", (_CONNECTION,), do.close_connection, "clientConnection/write", 202),
    _change("PUT", _CONNECTION_IN_GROUP, do.add_connection_to_group, "group/write", 200),
    _change("DELETE", _CONNECTION_IN_GROUP, do.remove_connection_from_group, "group/write", 200),
    _change("PUT", _USER_IN_GROUP, do.add_user_to_group, "user/write", 202),
    _change("DELETE", _USER_IN_GROUP, do.remove_user_from_group, "user/write", 202),
    _change("DELETE", (_USER + "/groups",), do.remove_user_from_all_groups, "user/write", 200),
)
