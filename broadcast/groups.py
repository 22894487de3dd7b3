"""The functions that send to a group and manage who is in it."""

from __future__ import annotations

import azure.functions as func

from broadcast.errors import answers_errors
from broadcast.message import read_message
from broadcast.parameters import excluded, route_value, ttl
from broadcast.responses import accepted, found, ok
from shared.service import service_client

blueprint = func.Blueprint()


@blueprint.route(route="hubs/{hub}/groups/{group}", methods=["POST"])
@answers_errors
def send_to_group(req: func.HttpRequest) -> func.HttpResponse:
    """Send a message to all connections in a group, except those in `excluded`; 202, also when it is empty."""
    message = read_message(req)
    client = service_client(route_value(req, "hub"))
    client.send_to_group(route_value(req, "group"), message, excluded=excluded(req))
    return accepted()


@blueprint.route(route="hubs/{hub}/groups/{group}", methods=["GET"])
@answers_errors
def group_exists(req: func.HttpRequest) -> func.HttpResponse:
    """Is any connection in a group? 200 or 404."""
    exists = service_client(route_value(req, "hub")).group_exists(route_value(req, "group"))
    return found(exists, "Warning.Group.NotExisted", "No connection is in this group.")


@blueprint.route(route="hubs/{hub}/groups/{group}/connections/{connectionId}", methods=["PUT"])
@answers_errors
def add_connection_to_group(req: func.HttpRequest) -> func.HttpResponse:
    """Put a connection into a group for as long as it is open; 200, or 404 when it has gone."""
    client = service_client(route_value(req, "hub"))
    client.add_connection_to_group(route_value(req, "group"), route_value(req, "connectionId"))
    return ok()


@blueprint.route(route="hubs/{hub}/groups/{group}/connections/{connectionId}", methods=["DELETE"])
@answers_errors
def remove_connection_from_group(req: func.HttpRequest) -> func.HttpResponse:
    """Take a connection out of a group; 200."""
    client = service_client(route_value(req, "hub"))
    client.remove_connection_from_group(route_value(req, "group"), route_value(req, "connectionId"))
    return ok()


@blueprint.route(route="hubs/{hub}/groups/{group}/users/{user}", methods=["GET"])
@answers_errors
def user_exists_in_group(req: func.HttpRequest) -> func.HttpResponse:
    """Is a user in a group? 200 or 404."""
    client = service_client(route_value(req, "hub"))
    exists = client.user_exists_in_group(route_value(req, "group"), route_value(req, "user"))
    return found(exists, "Info.User.NotInGroup", "The user is not in this group.")


@blueprint.route(route="hubs/{hub}/groups/{group}/users/{user}", methods=["PUT"])
@answers_errors
def add_user_to_group(req: func.HttpRequest) -> func.HttpResponse:
    """Put a user, with all connections of now and of the next `ttl` seconds, into a group; 202."""
    client = service_client(route_value(req, "hub"))
    client.add_user_to_group(route_value(req, "group"), route_value(req, "user"), ttl=ttl(req))
    return accepted()


@blueprint.route(route="hubs/{hub}/groups/{group}/users/{user}", methods=["DELETE"])
@answers_errors
def remove_user_from_group(req: func.HttpRequest) -> func.HttpResponse:
    """Take a user, with all connections, out of a group; 202, also when the user is not in it."""
    client = service_client(route_value(req, "hub"))
    client.remove_user_from_group(route_value(req, "group"), route_value(req, "user"))
    return accepted()
