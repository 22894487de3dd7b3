"""Service functions: functions of the app that do one thing at the service, for callers with a function key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import azure.functions as func

from http_api.api import Api, Handler
from http_api.responses import Answer
from shared.service import current_settings, service_client


def service_function(
    api: Api, method: str, route: str, *, grant: str, answer: Answer, **options: Any
) -> Callable[[Handler], Handler]:
    """Register a handler that gets the client of the route's hub (else of the default hub) and the other values."""

    def register(handler: Handler) -> Handler:
        def run(request: func.HttpRequest, hub: str | None = None, **values: Any) -> Any:  # noqa: ARG001 - every run's
            return handler(service_client(hub or current_settings().default_hub), **values)

        run.__name__, run.__doc__ = handler.__name__, handler.__doc__
        api.function(method, route, grant=grant, answer=answer, **options)(run)
        return handler

    return register
