"""Negotiate and broadcast on the Web PubSub SDK, as its documentation would write them."""

from __future__ import annotations

import json
import os

import azure.functions as func
from azure.messaging.webpubsubservice import WebPubSubServiceClient

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
CONNECTION_STRING = "AzureSignalRConnectionString"
client = WebPubSubServiceClient.from_connection_string(os.environ[CONNECTION_STRING], hub="chat")


@app.route(route="negotiate", methods=["POST"])
def negotiate(req: func.HttpRequest) -> func.HttpResponse:
    access = client.get_client_access_token(user_id=req.params["user"])
    body = {"url": access["baseUrl"], "accessToken": access["token"]}
    return func.HttpResponse(json.dumps(body), mimetype="application/json")


@app.route(route="broadcast", methods=["POST"])
def broadcast(req: func.HttpRequest) -> func.HttpResponse:
    client.send_to_all(req.get_json(), content_type="application/json")
    return func.HttpResponse(status_code=202)
