"""The functions that send to a user and manage what the service remembers of one."""

from __future__ import annotations

import azure.functions as func

from broadcast.errors import answers_errors
from broadcast.message import read_message
from broadcast.parameters import route_value
from broadcast.responses import accepted, found, ok
from shared.service import service_client

blueprint = func.Blueprint()


@blueprint.route(route="hubs/{hub}/users/{user}", methods=["POST"])
@answers_errors
def send_to_user(req: func.HttpRequest) -> func.HttpResponse:
    """Send a message to all connections of a user; 202, also when the user has none."""
    message = read_message(req)
    service_client(route_value(req, "hub")).send_to_user(route_value(req, "user"), message)
    return accepted()


@blueprint.route(route="hubs/{hub}/users/{user}", methods=["GET"])
@answers_errors
def user_exists(req: func.HttpRequest) -> func.HttpResponse:
    """Has a user any connection? 200 or 404."""
    exists = service_client(route_value(req, "hub")).user_exists(route_value(req, "user"))
    return found(exists, "Warning.User.NotExisted", "The user has no connection to this hub.")


@blueprint.route(route="hubs/{hub}/users/{user}/groups", methods=["DELETE"])
@answers_errors
def remove_user_from_all_groups(req: func.HttpRequest) -> func.HttpResponse:
    """Take a user, with all connections, out of every group; 200, also when the user is in none."""
    service_client(route_value(req, "hub")).remove_user_from_all_groups(route_value(req, "user"))
    return ok()
