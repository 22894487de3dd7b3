"""Negotiate: how a client learns its connection's id and which transports there are."""

from __future__ import annotations

from typing import Any

from emulator.connection import Connection
from emulator.transports.registry import TRANSPORTS

LATEST_VERSION = 1
NOT_AN_INTEGER = {"error": "The client requested a non-integer protocol version."}


def read_version(text: str | None) -> int | None:
    """The version to answer in: absent is 0, newer than ours is ours; None where it is no integer."""
    if text is None:
        return 0
    try:
        return max(0, min(int(text), LATEST_VERSION))
    except ValueError:
        return None


def answer(connection: Connection, version: int) -> dict[str, Any]:
    """The answer's properties in the service's order; the connection token is told from version 1 on."""
    told: dict[str, Any] = {"negotiateVersion": version, "connectionId": connection.connection_id}
    if version > 0:
        told["connectionToken"] = connection.connection_token
    if connection.may_reconnect:
        told["useStatefulReconnect"] = True
    told["availableTransports"] = [
        {"transport": kind.name, "transferFormats": kind.formats}
        for kind in TRANSPORTS
        if kind.bit & connection.settings.transports
    ]
    return told
