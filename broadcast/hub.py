"""The functions that send to a whole hub."""

from __future__ import annotations

import azure.functions as func

from broadcast.errors import answers_errors
from broadcast.message import read_message
from broadcast.parameters import excluded, route_value
from broadcast.responses import accepted
from shared.service import current_settings, service_client

blueprint = func.Blueprint()


@blueprint.route(route="broadcast", methods=["POST"])
@answers_errors
def broadcast(req: func.HttpRequest) -> func.HttpResponse:
    """Send a message to all connections of the default hub, except those in `excluded`; 202."""
    message = read_message(req)
    service_client(current_settings().default_hub).send_to_all(message, excluded=excluded(req))
    return accepted()


@blueprint.route(route="hubs/{hub}", methods=["POST"])
@answers_errors
def send_to_hub(req: func.HttpRequest) -> func.HttpResponse:
    """Send a message to all connections of a hub, except those in `excluded`; 202, also when nobody is there."""
    message = read_message(req)
    service_client(route_value(req, "hub")).send_to_all(message, excluded=excluded(req))
    return accepted()
