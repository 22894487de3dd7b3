"""The client endpoint on aiohttp: authorise a client's request, find its connection, hand it to its transport."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from aiohttp import web

from emulator import names
from emulator.authorization import Authorizer
from emulator.client import negotiate
from emulator.connection import Connection, State
from emulator.errors import InvalidRequestError, PlainRefusalError
from emulator.service import Service
from emulator.tokens import Claims, user_id_of
from emulator.transports.long_polling import transport as long_polling
from emulator.transports.registry import LONG_POLLING, WEBSOCKETS, TransportKind, asked_for


class Client(NamedTuple):
    """Who a client request comes from: the hub it names and the claims of its token."""

    hub: str
    claims: Claims


class ClientEndpoint:
    """Serves `/client/negotiate` and `/client/`."""

    def __init__(self, service: Service, authorizer: Authorizer) -> None:
        self._service = service
        self._authorizer = authorizer

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/client/negotiate", self.negotiate),
            *(route for path in ("/client", "/client/") for route in self._transport_routes(path)),
        ]

    def _transport_routes(self, path: str) -> list[web.RouteDef]:
        return [
            web.get(path, self.connect, allow_head=False),
            web.post(path, self.receive),
            web.delete(path, self.end),
        ]

    async def negotiate(self, request: web.Request) -> web.Response:
        client = self._authorise(request)
        version = negotiate.read_version(_at_most_one(request, "negotiateVersion"))
        if version is None:
            return _json(negotiate.NOT_AN_INTEGER)
        may_reconnect = version > 0 and (_at_most_one(request, "useStatefulReconnect") or "").lower() == "true"
        connection = self._new_connection(client, version=version, may_reconnect=may_reconnect)
        return _json(negotiate.answer(connection, version))

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """A GET: a WebSocket, a stream of events, or a poll."""
        client = self._authorise(request)
        kind = asked_for(request)
        token = _at_most_one(request, "id")
        skips_negotiation = token is None and kind is WEBSOCKETS
        connection = self._new_connection(client) if skips_negotiation else self._find(token, client)
        _check_transport(connection, kind)
        if connection.transport_name is None and (reason := self._service.quota_refusal()):
            raise PlainRefusalError(429, reason)
        connection.transport_name = kind.name
        try:
            return await kind.serve(request, connection, self._service)
        finally:
            if connection.state is State.NEGOTIATED:
                connection.give_up("The transport could not be opened.")

    async def receive(self, request: web.Request) -> web.Response:
        """A POST: what the client says where its transport only goes down."""
        connection = self._find(_at_most_one(request, "id"), self._authorise(request))
        if connection.transport_name == WEBSOCKETS.name:
            raise PlainRefusalError(405, "POST requests are not allowed for WebSocket connections.")
        body = await request.read()
        if connection.state in (State.CLOSING, State.CLOSED):
            raise PlainRefusalError(404, "No Connection with that ID")
        connection.receive_data(body, self._service.clock())
        return web.Response(content_type="text/plain")

    async def end(self, request: web.Request) -> web.Response:
        """A DELETE: the end of long polling."""
        connection = self._find(_at_most_one(request, "id"), self._authorise(request))
        if not isinstance(connection.transport, long_polling.LongPolling):
            raise PlainRefusalError(400, "Cannot terminate this connection using the DELETE endpoint.")
        return long_polling.end(connection, connection.transport, self._service)

    def _authorise(self, request: web.Request) -> Client:
        hub = names.hub(_at_most_one(request, "hub") or "")
        return Client(hub, self._authorizer.client(request, hub))

    def _find(self, token: str | None, client: Client) -> Connection:
        if token is None:
            raise PlainRefusalError(400, "Connection ID required")
        connection = self._service.connection(token, client.hub)
        if connection is None:
            raise PlainRefusalError(404, "No Connection with that ID")
        return connection

    def _new_connection(self, client: Client, *, version: int = 1, may_reconnect: bool = False) -> Connection:
        if reason := self._service.refusal():
            raise PlainRefusalError(429, reason)
        return self._service.negotiate(
            client.hub, user_id_of(client.claims), client.claims, version=version, may_reconnect=may_reconnect
        )


def _check_transport(connection: Connection, kind: TransportKind) -> None:
    """Whether this connection may use this transport now; a connection keeps the transport that it began with."""
    if not kind.bit & connection.settings.transports:
        raise PlainRefusalError(404, f"{kind.name} transport not supported by this end point type")
    if connection.transport_name not in (None, kind.name):
        raise PlainRefusalError(400, "Cannot change transports mid-connection")
    if connection.transport_name is not None and kind is not LONG_POLLING and not connection.can_resume:
        raise PlainRefusalError(409, "")


def _at_most_one(request: web.Request, parameter: str) -> str | None:
    values = request.query.getall(parameter, [])
    if len(values) > 1:
        raise InvalidRequestError(parameter, "must stand in the query once only.")
    return values[0] if values else None


def _json(body: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")
