"""The client endpoint on aiohttp: authorise a client's request, find its connection, hand it to its transport."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from aiohttp import hdrs, web

from emulator import names
from emulator.bearer import client_audience, client_token
from emulator.client import negotiate
from emulator.connection import Connection, State
from emulator.errors import InvalidRequestError, PlainRefusalError
from emulator.service import Service
from emulator.tokens import Claims, TokenValidator, user_id_of
from emulator.transports.websockets import transport as websockets


class Client(NamedTuple):
    """Who a client request comes from: the hub it names and the claims of its token."""

    hub: str
    claims: Claims


class ClientEndpoint:
    """Serves `/client/negotiate` and `/client/`."""

    def __init__(self, service: Service, validator: TokenValidator) -> None:
        self._service = service
        self._validator = validator

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/client/negotiate", self.negotiate),
            web.get("/client", self.connect, allow_head=False),
            web.get("/client/", self.connect, allow_head=False),
        ]

    async def negotiate(self, request: web.Request) -> web.Response:
        client = self._authorise(request)
        version = negotiate.read_version(_at_most_one(request, "negotiateVersion"))
        if version is None:
            return _json(negotiate.NOT_AN_INTEGER)
        return _json(negotiate.answer(self._new_connection(client, version), version))

    async def connect(self, request: web.Request) -> web.StreamResponse:
        client = self._authorise(request)
        connection = self._find(request, client)
        return await websockets.serve(request, connection, self._service)

    def _authorise(self, request: web.Request) -> Client:
        hub = names.hub(_at_most_one(request, "hub") or "")
        return Client(hub, self._validator.validate(client_token(request), client_audience(request, hub)))

    def _find(self, request: web.Request, client: Client) -> Connection:
        is_websocket = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
        token = _at_most_one(request, "id")
        if token is None:
            if is_websocket:
                return self._new_connection(client, version=1)
            raise PlainRefusalError(400, "Connection ID required")
        connection = self._service.connection(token, client.hub)
        if connection is None:
            raise PlainRefusalError(404, "No Connection with that ID")
        if not is_websocket:
            raise PlainRefusalError(404, "Only the WebSockets transport is supported by this end point")
        if connection.state is not State.NEGOTIATED:
            raise PlainRefusalError(409, "")
        return connection

    def _new_connection(self, client: Client, version: int) -> Connection:
        return self._service.negotiate(client.hub, user_id_of(client.claims), client.claims, version=version)


def _at_most_one(request: web.Request, parameter: str) -> str | None:
    values = request.query.getall(parameter, [])
    if len(values) > 1:
        raise InvalidRequestError(parameter, "must stand in the query once only.")
    return values[0] if values else None


def _json(body: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")
