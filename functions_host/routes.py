"""Routes: which function answers a method and path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from urllib.parse import unquote

from functions_host.errors import FunctionAppError, RouteTemplateError
from functions_host.functions import HttpFunction
from functions_host.route_templates import RouteTemplate

# The host's own, wherever the route prefix puts the functions.
RESERVED = ("admin", "runtime")

_ENCODED_SLASH = re.compile("(%2f)", re.IGNORECASE)


@dataclass(frozen=True)
class Route:
    """A function and the template that its URLs match."""

    function: HttpFunction
    path: str
    template: RouteTemplate


@dataclass(frozen=True)
class RouteTable:
    """All routes of an app, in the order in which they are tried."""

    routes: Sequence[Route]

    @classmethod
    def build(cls, functions: Iterable[HttpFunction], *, route_prefix: str) -> RouteTable:
        """Raises FunctionAppError, naming function and route, for what the Azure Functions host refuses too."""
        functions = list(functions)
        for function in functions:
            _refuse_reserved(function)
        for first, second in combinations(functions, 2):
            _refuse_conflict(first, second)
        return cls([_route(function, route_prefix) for function in functions])

    def find(self, method: str, path: str) -> tuple[HttpFunction, dict[str, str]] | None:
        """The first function whose route and methods fit, with its route values; the path is `decode_path`'s."""
        for route in self.routes:
            values = route.template.match(path) if route.function.allows(method) else None
            if values is not None:
                return route.function, values
        return None


def decode_path(path: str) -> str:
    """Decode a URL's path as the host does: `%2F` stays encoded, and so does what is not UTF-8."""
    return "".join(_decode(part) for part in _ENCODED_SLASH.split(path))


def _decode(part: str) -> str:
    if _ENCODED_SLASH.fullmatch(part):
        return part
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError:
        return part


def _route(function: HttpFunction, route_prefix: str) -> Route:
    path = "/".join(filter(None, [route_prefix, function.route]))
    try:
        return Route(function, path, RouteTemplate.parse(path))
    except RouteTemplateError as error:
        raise RouteTemplateError(f"The route '{function.route}' of function '{function.name}': {error}.") from error


def _refuse_reserved(function: HttpFunction) -> None:
    if function.route.lower().startswith(RESERVED):
        raise FunctionAppError(
            f"The route '{function.route}' of function '{function.name}' conflicts with the host's own routes:"
            f" a route must not begin with {' or '.join(map(repr, RESERVED))}."
        )


def _refuse_conflict(first: HttpFunction, second: HttpFunction) -> None:
    both = first.methods & second.methods if first.methods and second.methods else first.methods or second.methods
    overlap = both or not (first.methods and second.methods)
    if overlap and first.route.lower() == second.route.lower():
        raise FunctionAppError(
            f"The functions '{first.name}' and '{second.name}' both answer {', '.join(sorted(both)) or 'any method'}"
            f" at the route '{first.route}': give one of them another route or other methods."
        )
