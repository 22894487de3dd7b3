"""The operations of the versions that are dates, under `/api`, where a query parameter says which version is meant.

Where the published answer is a ServiceResponse, ours is `{}`: none of its properties is required, the one published
example has none, and clients do not look at it.
"""

from __future__ import annotations

from emulator.rest import operations as do
from emulator.rest.client_results import invoke_connection
from emulator.rest.commands import execute
from emulator.rest.group_connections import list_group_connections
from emulator.rest.operation import Operation
from emulator.rest.streams import complete_stream, send_stream_item
from emulator.rest.versions import FIRST, WITH_CLIENT_RESULTS, WITH_COMMANDS

PREFIX = "/api"

_HUB = "/hubs/{hub}"
_CONNECTION = "/hubs/{hub}/connections/{connectionId}"
_STREAM = "/hubs/{hub}/connections/{connectionId}/streams/{streamId}"
_GROUP = "/hubs/{hub}/groups/{group}"
_USER = "/hubs/{hub}/users/{user}"
# The published path first, then the other order of its parts, which the service's SDKs and emulator know as well.
_CONNECTION_IN_GROUP = (_GROUP + "/connections/{connectionId}", _CONNECTION + "/groups/{group}")
_USER_IN_GROUP = (_USER + "/groups/{group}", _GROUP + "/users/{user}")
_RESPONSE = b"{}"


def _send(path: str, run: do.Run, action: str) -> Operation:
    return _accept(path + "/:send", run, action, FIRST, takes_body=True)


def _accept(path: str, run: do.Run, action: str, since: str, *, takes_body: bool) -> Operation:
    return Operation(
        methods=("POST",),
        paths=(path,),
        run=run,
        action=action,
        status=202,
        body=_RESPONSE,
        takes_body=takes_body,
        since=since,
    )


def _close(path: str, run: do.Run) -> Operation:
    return _change("POST", (path + "/:closeConnections",), run, "clientConnection/write", 204)


def _exists(paths: tuple[str, ...], run: do.Run, action: str) -> Operation:
    return Operation(methods=("GET", "HEAD"), paths=paths, run=run, action=action, status=200, since=FIRST)


def _change(method: str, paths: tuple[str, ...], run: do.Run, action: str, status: int) -> Operation:
    body = b"" if status == 204 else _RESPONSE
    return Operation(methods=(method,), paths=paths, run=run, action=action, status=status, body=body, since=FIRST)


OPERATIONS = (
    _send(_HUB, do.send_to_all, "hub/send/action"),
    _send(_USER, do.send_to_user, "user/send/action"),
    _send(_CONNECTION, do.send_to_connection, "clientConnection/send/action"),
    _send(_GROUP, do.send_to_group, "group/send/action"),
    _close(_HUB, do.close_all_connections),
    _close(_USER, do.close_user_connections),
    _close(_GROUP, do.close_group_connections),
    _exists((_CONNECTION,), do.connection_exists, "clientConnection/read"),
    _exists((_GROUP,), do.group_exists, "group/read"),
    _exists((_USER,), do.user_exists, "user/read"),
    _exists(_USER_IN_GROUP, do.user_exists_in_group, "user/read"),
    _change("DELETE", (_CONNECTION,), do.close_connection, "clientConnection/write", 200),
    _change("PUT", _CONNECTION_IN_GROUP, do.add_connection_to_group, "group/write", 200),
    _change("DELETE", _CONNECTION_IN_GROUP, do.remove_connection_from_group, "group/write", 200),
    _change("DELETE", (_CONNECTION + "/groups",), do.remove_connection_from_all_groups, "group/write", 200),
    _change("PUT", _USER_IN_GROUP, do.add_user_to_group, "user/write", 200),
    _change("DELETE", _USER_IN_GROUP, do.remove_user_from_group, "user/write", 204),
    _change("DELETE", (_USER + "/groups",), do.remove_user_from_all_groups, "user/write", 204),
    # Which data action these four need is not published.
    Operation(
        methods=("POST",),
        paths=(_HUB + "/:execute",),
        run=execute,
        action="hub/send/action",
        status=202,
        takes_body=True,
        since=WITH_COMMANDS,
    ),
    _accept(_STREAM + "/:send", send_stream_item, "clientConnection/send/action", WITH_CLIENT_RESULTS, takes_body=True),
    _accept(
        _STREAM + "/:complete", complete_stream, "clientConnection/send/action", WITH_CLIENT_RESULTS, takes_body=False
    ),
    Operation(
        methods=("POST",),
        paths=(_CONNECTION + "/:invoke",),
        run=invoke_connection,
        action="clientConnection/send/action",
        status=200,
        takes_body=True,
        since=WITH_CLIENT_RESULTS,
    ),
    Operation(
        methods=("GET",),
        paths=(_GROUP + "/connections",),
        run=list_group_connections,
        action="group/read",
        status=200,
        since=WITH_CLIENT_RESULTS,
    ),
)
