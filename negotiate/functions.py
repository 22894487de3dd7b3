"""The negotiate functions: SignalR clients call them before they connect, with nothing but their identity."""

from __future__ import annotations

import azure.functions as func

from broadcast.errors import answers_errors
from broadcast.parameters import route_value
from broadcast.responses import json_response
from negotiate.identity import identify
from shared.service import current_settings, service_client

blueprint = func.Blueprint()


@blueprint.route(route="negotiate", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@answers_errors
def negotiate(req: func.HttpRequest) -> func.HttpResponse:
    """Let a client connect to the default hub, as `negotiate_hub` does; for `withUrl("/api")`."""
    return _negotiate(req, current_settings().default_hub)


@blueprint.route(route="hubs/{hub}/negotiate", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@answers_errors
def negotiate_hub(req: func.HttpRequest) -> func.HttpResponse:
    """Let a client connect to a hub; for `withUrl("/api/hubs/<hub>")`.

    200 with `{"url", "accessToken"}`, 400 for an impossible hub, 401 where no provider of NEGOTIATE_AUTH knows
    the caller, 500 for settings that are wrong. Open to callers without a key: a browser has none to keep.
    """
    return _negotiate(req, route_value(req, "hub"))


def _negotiate(req: func.HttpRequest, hub: str) -> func.HttpResponse:
    identity = identify(req, current_settings())
    access = service_client(hub).get_client_access_token(user_id=identity.user_id)
    return json_response({"url": access.url, "accessToken": access.token})
