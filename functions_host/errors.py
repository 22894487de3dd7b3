"""Errors: what keeps the host from starting, and what a function did wrong."""

from __future__ import annotations


class HostError(Exception):
    """Why the host cannot start, as a sentence for its user; the program prints it and ends with exit code 1."""


class SettingsError(HostError):
    """host.json, local.settings.json, an environment variable or an option is wrong."""


class FunctionAppError(HostError):
    """The function app cannot be imported, or Azure Functions would not accept what it declares."""


class RouteTemplateError(FunctionAppError):
    """A route is not a valid ASP.NET route template."""


class FunctionFailedError(Exception):
    """A function raised, or returned what no HTTP response can be made of; `stack_trace` says where."""

    def __init__(self, stack_trace: str) -> None:
        super().__init__(stack_trace)
        self.stack_trace = stack_trace
