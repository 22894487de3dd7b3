"""A function app that does nothing: what the platform itself costs."""

from __future__ import annotations

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="negotiate", methods=["POST"])
def negotiate(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the trigger needs it
    return func.HttpResponse("{}", mimetype="application/json")


@app.route(route="broadcast", methods=["POST"])
def broadcast(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the trigger needs it
    return func.HttpResponse(status_code=202)
