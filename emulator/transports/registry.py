"""The transports that a client can choose, and which of them a request asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp import hdrs, web

from emulator.connection import Connection
from emulator.service import Service
from emulator.transports.long_polling import transport as long_polling
from emulator.transports.server_sent_events import transport as server_sent_events
from emulator.transports.websockets import transport as websockets

Serve = Callable[[web.Request, Connection, Service], Awaitable[web.StreamResponse]]


class TransportKind(NamedTuple):
    """A transport as negotiate names it; `bit` is its place in the claim `asrs.s.htt`."""

    name: str
    bit: int
    formats: tuple[str, ...]
    serve: Serve


def _kind(
    transport: type[websockets.WebSockets | server_sent_events.ServerSentEvents | long_polling.LongPolling],
    serve: Serve,
) -> TransportKind:
    return TransportKind(transport.name, transport.bit, tuple(map(str, transport.transfer_formats)), serve)


WEBSOCKETS = _kind(websockets.WebSockets, websockets.serve)
SERVER_SENT_EVENTS = _kind(server_sent_events.ServerSentEvents, server_sent_events.serve)
LONG_POLLING = _kind(long_polling.LongPolling, long_polling.serve)
# In the order in which clients try them.
TRANSPORTS = (WEBSOCKETS, SERVER_SENT_EVENTS, LONG_POLLING)


def asked_for(request: web.Request) -> TransportKind:
    """The transport of a GET request: an upgrade, a stream of events, else a poll."""
    if request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
        return WEBSOCKETS
    if "text/event-stream" in request.headers.get(hdrs.ACCEPT, "").lower():
        return SERVER_SENT_EVENTS
    return LONG_POLLING
