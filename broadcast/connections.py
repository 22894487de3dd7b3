"""The functions that send to one connection, look for it or close it."""

from __future__ import annotations

import azure.functions as func

from broadcast.errors import answers_errors
from broadcast.message import read_message
from broadcast.parameters import reason, route_value
from broadcast.responses import accepted, found
from shared.service import service_client

blueprint = func.Blueprint()


@blueprint.route(route="hubs/{hub}/connections/{connectionId}", methods=["POST"])
@answers_errors
def send_to_connection(req: func.HttpRequest) -> func.HttpResponse:
    """Send a message to one connection; 202, also when it has gone."""
    message = read_message(req)
    service_client(route_value(req, "hub")).send_to_connection(route_value(req, "connectionId"), message)
    return accepted()


@blueprint.route(route="hubs/{hub}/connections/{connectionId}", methods=["GET"])
@answers_errors
def connection_exists(req: func.HttpRequest) -> func.HttpResponse:
    """Is a connection open? 200 or 404."""
    exists = service_client(route_value(req, "hub")).connection_exists(route_value(req, "connectionId"))
    return found(exists, "Warning.Connection.NotExisted", "The hub has no such connection.")


@blueprint.route(route="hubs/{hub}/connections/{connectionId}", methods=["DELETE"])
@answers_errors
def close_connection(req: func.HttpRequest) -> func.HttpResponse:
    """Close a connection and tell its client the `reason`; 202, or 404 when it has gone."""
    service_client(route_value(req, "hub")).close_connection(route_value(req, "connectionId"), reason=reason(req))
    return accepted()
