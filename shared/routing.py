"""Routing: one client on several service endpoints; who gets a call, and what their answers make together."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared.client_tokens import ClientAccessToken
from shared.connection_string import parse_connection_string
from shared.errors import (
    EndpointsFailedError,
    InvalidParameterError,
    NoResponseError,
    ResourceNotFoundError,
    SignalRServiceError,
)
from shared.health import Health
from shared.operation import HubPaths, Operation
from shared.options import Options
from shared.per_process import PerProcess
from shared.resource import Resource
from shared.results import EndpointResult


@dataclass(frozen=True, slots=True)
class RoutedEndpoint:
    """One of several service endpoints.

    Clients go to a primary, in proportion to the `weight`s, and to a `secondary` only while no primary is online.
    Messages go to all of them.
    """

    connection_string: str = field(repr=False)
    secondary: bool = field(default=False, kw_only=True)
    weight: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.weight, int) or isinstance(self.weight, bool) or self.weight < 1:
            raise InvalidParameterError("weight", "must be a whole number of at least 1")


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint with its resource and what is known of its health."""

    endpoint: RoutedEndpoint
    resource: Resource
    health: PerProcess[Health]

    @classmethod
    def to(cls, endpoint: RoutedEndpoint, options: Options) -> Route:
        resource = Resource.of_service(parse_connection_string(endpoint.connection_string), options)
        return cls(endpoint, resource, PerProcess(lambda: Health(str(resource.server_endpoint))))

    def is_online(self) -> bool:
        return self.health.get().is_online()


@dataclass(frozen=True, slots=True)
class _Answer:
    route: Route
    body: bytes | None = None
    error: SignalRServiceError | None = None

    @property
    def result(self) -> EndpointResult:
        return EndpointResult(str(self.route.resource.endpoint), self.error)


class Router:
    """Several resources behind the same calls that one Resource has.

    A call goes to all endpoints that are online, at once; where none is known to be, to all that there are.
    """

    def __init__(self, routes: Sequence[Route], *, choose: Callable[..., list[Route]] = random.choices) -> None:
        self._routes = routes
        self._choose = choose

    @classmethod
    def of_endpoints(cls, endpoints: Sequence[str | RoutedEndpoint], options: Options) -> Router:
        """Make it from connection strings; a plain one is a primary of weight 1."""
        if isinstance(endpoints, (str, RoutedEndpoint)) or not endpoints:
            raise InvalidParameterError("endpoints", "must be a list of connection strings, and not empty")
        given = (item if isinstance(item, RoutedEndpoint) else RoutedEndpoint(item) for item in endpoints)
        return cls([Route.to(endpoint, options) for endpoint in given])

    @property
    def names(self) -> Sequence[str]:
        """The endpoints."""
        return [str(route.resource.endpoint) for route in self._routes]

    def send(self, operation: Operation) -> bytes | None:
        """Carry out a call everywhere and join the answers as the operation's scope says."""
        answers = self._answers(operation)
        if operation.scope == "any":
            return _any(operation, answers)
        if operation.scope == "one":
            return _one(operation, answers)
        _raise_failures(operation, answers)
        return answers[0].body

    def online(self) -> Sequence[Resource]:
        """The resources to ask where every one of them matters."""
        return [route.resource for route in self._online()]

    def client_access_token(
        self, hub: HubPaths, user_id: str | None, lifetime: timedelta, claims: Mapping[str, Any] | None
    ) -> ClientAccessToken:
        """A token for an endpoint that is online; where one proves not to be, for another."""
        left = list(self._online())
        while True:
            route = self._chosen(left)
            try:
                return route.resource.client_access_token(hub, user_id, lifetime, claims)
            except NoResponseError as error:
                route.health.get().saw(error)
                left.remove(route)
                if not left:
                    raise

    def close(self) -> None:
        for route in self._routes:
            route.resource.close()
            health = route.health.take()
            if health is not None:
                health.close()

    def _online(self) -> Sequence[Route]:
        return [route for route in self._routes if route.is_online()] or self._routes

    def _chosen(self, routes: Sequence[Route]) -> Route:
        primaries = [route for route in routes if not route.endpoint.secondary]
        candidates = primaries or routes
        return self._choose(candidates, weights=[route.endpoint.weight for route in candidates])[0]

    def _answers(self, operation: Operation) -> list[_Answer]:
        routes = self._online()
        with ThreadPoolExecutor(len(routes), "signalr-endpoint") as threads:
            return list(threads.map(lambda route: _asked(route, operation), routes))


def _asked(route: Route, operation: Operation) -> _Answer:
    try:
        answer = _Answer(route, route.resource.send(operation))
    except SignalRServiceError as error:
        answer = _Answer(route, error=error)
    route.health.get().saw(answer.error)
    return answer


def _any(operation: Operation, answers: Sequence[_Answer]) -> bytes | None:
    """The first yes; without one, no is known only where all have answered."""
    for answer in answers:
        if answer.body is not None:
            return answer.body
    _raise_failures(operation, answers)
    return None


def _one(operation: Operation, answers: Sequence[_Answer]) -> bytes | None:
    """The answer of the endpoint that has the connection; the others say 404."""
    for answer in answers:
        if answer.error is None:
            return answer.body
    failed = [answer for answer in answers if not isinstance(answer.error, ResourceNotFoundError)]
    _raise_failures(operation, failed or answers[:1])
    return None


def _raise_failures(operation: Operation, answers: Sequence[_Answer]) -> None:
    failed = [answer.error for answer in answers if answer.error is not None]
    if len(answers) == 1 and failed:
        raise failed[0]
    if failed:
        raise EndpointsFailedError(operation.name, [answer.result for answer in answers])
