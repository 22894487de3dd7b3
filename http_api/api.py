"""The API: each function declared once, with what it takes and answers; checked, run and documented from that."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import azure.functions as func

from http_api.bodies import Body
from http_api.errors import RequestRefusedError, answered
from http_api.idempotency import once
from http_api.parameters import HUB, Parameter, check_names, path_parameters
from http_api.responses import Answer
from http_api.roles import ANY, require_grant
from shared.settings import current_settings

# As much as Azure's own front end takes.
HEADERS_LIMIT = 32_768

Handler = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """One function of the app; `run` gets the request and what was read from it, and returns what `answer` expects.

    `grant` is what SEND_ROLES has to grant a caller; None: the function is open to callers without a key. `errors`
    are the statuses that it answers besides those that its parameters, its body and its grant bring along.
    """

    name: str
    description: str
    tag: str
    method: str
    route: str
    answer: Answer
    run: Handler
    grant: str | None = None
    query: tuple[Parameter, ...] = ()
    body: Body | None = None
    errors: tuple[int, ...] = ()

    @cached_property
    def path(self) -> tuple[Parameter, ...]:
        return tuple(path_parameters(self.route))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return (*self.path, *self.query)

    @cached_property
    def takes_idempotency_key(self) -> bool:
        return self.grant in {"send", ANY}

    def respond(self, request: func.HttpRequest) -> func.HttpResponse:
        _check_headers(request)
        values = {parameter.keyword: parameter.read(request) for parameter in self.path}
        if values:
            check_names(values.values())
        if self.grant:
            require_grant(request, self.grant, values.get(HUB.keyword, current_settings().default_hub))
        for parameter in self.query:
            values[parameter.keyword] = parameter.read(request)
        if self.body:
            values |= self.body.read(request)
        if self.takes_idempotency_key:
            return once(request, partial(self._carried_out, request, values))
        return self._carried_out(request, values)

    def _carried_out(self, request: func.HttpRequest, values: Mapping[str, Any]) -> func.HttpResponse:
        return self.answer.response(self.run(request, **values))


class Api:
    """A blueprint whose functions are declared as operations; `tag` is their heading in the documentation."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.blueprint = func.Blueprint()
        self.operations: list[Operation] = []

    def function(self, method: str, route: str, *, answer: Answer, **options: Any) -> Callable[[Handler], Handler]:
        """Register the decorated handler; `options` are the other fields of Operation."""

        def register(handler: Handler) -> Handler:
            description = " ".join((inspect.getdoc(handler) or "").split())
            name = handler.__name__
            self.add(Operation(name, description, self.tag, method, route, answer, handler, **options))
            return handler

        return register

    def add(self, operation: Operation) -> None:
        """Register an operation as a function of the app, in the form that Azure's worker reads."""

        def function(req: func.HttpRequest) -> func.HttpResponse:
            return answered(operation.name, req, operation.respond)

        function.__name__ = operation.name
        function.__doc__ = operation.description
        level = func.AuthLevel.FUNCTION if operation.grant else func.AuthLevel.ANONYMOUS
        self.blueprint.route(route=operation.route, methods=[operation.method], auth_level=level)(function)
        self.operations.append(operation)


def _check_headers(request: func.HttpRequest) -> None:
    # Not over items(), which costs a mapping of the worker's library three times as much, on every call.
    headers = request.headers
    size = sum(len(name) + len(headers[name]) for name in headers)
    if size > HEADERS_LIMIT:
        raise RequestRefusedError(
            431, "HeadersTooLarge", f"The headers are {size:,} characters long, and the limit is {HEADERS_LIMIT:,}."
        )
