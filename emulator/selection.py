"""Which of a hub's connections a filter is for, found by index where the filter names ids, users or groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain

from emulator.connection import Connection
from emulator.hub import Hub, Members
from emulator.odata.expressions import Lookup
from emulator.odata.filter import Filter


def select(hub: Hub, condition: Filter | None) -> list[Connection]:
    """All connections without a filter."""
    if condition is None:
        return list(hub.connections.values())
    return [connection for connection in _candidates(hub, condition.lookups) if condition.matches(connection)]


def _candidates(hub: Hub, lookups: Iterable[Lookup] | None) -> Collection[Connection]:
    if lookups is None:
        return hub.connections.values()
    return dict(chain.from_iterable(_found(hub, lookup).items() for lookup in lookups)).values()


def _found(hub: Hub, lookup: Lookup) -> Members:
    if lookup.field == "connectionid":
        connection = hub.connections.get(lookup.value)
        return {} if connection is None else {lookup.value: connection}
    index = hub.users if lookup.field == "userid" else hub.groups
    return index.get(lookup.value, {})
