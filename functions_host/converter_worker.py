"""A worker for Python below 3.13: runs functions through azure-functions' own HTTP converters."""

from __future__ import annotations

import importlib
import inspect
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import azure.functions as func
from azure.functions.http import HttpRequestConverter, HttpResponseConverter
from azure.functions.meta import Datum

from functions_host.errors import FunctionAppError, FunctionFailedError
from functions_host.event_loop import EventLoopThread
from functions_host.functions import FunctionMetadata, HttpFunction, HttpRequest, HttpResponse
from functions_host.invocation_context import InvocationContext
from functions_host.signatures import check_signature


class ConverterWorker:
    """Synchronous functions run in a pool of `threads` threads, asynchronous ones on one event loop."""

    def __init__(self, root: Path, *, script: str, threads: int) -> None:
        self._root = root
        self._script = script
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="function")
        self._loop = EventLoopThread()
        self._functions: dict[str, Callable[..., Any]] = {}

    def load(self) -> Sequence[FunctionMetadata]:
        try:
            return list(self._load())
        except (Exception, SystemExit):
            stack_trace = traceback.format_exc().rstrip()
            raise FunctionAppError(f"The function app in {self._script} cannot be loaded.\n{stack_trace}") from None

    def _load(self) -> Iterator[FunctionMetadata]:
        app = _find_app(importlib.import_module(Path(self._script).stem), self._script)
        for function in app.get_functions():
            name = function.get_function_name()
            self._functions[name] = function.get_user_function()
            metadata = FunctionMetadata.from_raw_bindings(name, function.get_raw_bindings())
            check_signature(function.get_user_function(), metadata)
            yield metadata

    def invoke(self, function: HttpFunction, invocation_id: str, request: HttpRequest) -> HttpResponse:
        user_function = self._functions[function.name]
        context = InvocationContext.of(function.name, self._root, invocation_id, request.headers)
        try:
            arguments: dict[str, Any] = {function.trigger_parameter: _decode(request)}
            if "context" in inspect.signature(user_function).parameters:
                arguments["context"] = context
            if inspect.iscoroutinefunction(user_function):
                returned = self._loop.run(user_function(**arguments))
            else:
                returned = self._pool.submit(context.run, user_function, arguments).result()
            return _encode(returned)
        except FunctionFailedError:
            raise
        except (Exception, SystemExit):
            raise FunctionFailedError(traceback.format_exc()) from None

    def close(self) -> None:
        self._loop.close()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _find_app(module: object, script: str) -> Any:
    apps = [value for value in vars(module).values() if isinstance(value, func.FunctionRegister)]
    if not apps:
        raise ValueError(f"Could not find a top level function app instance in {script}.")
    if len(apps) > 1:
        raise ValueError(f"More than one top level function app instance is defined in {script}.")
    return apps[0]


def _decode(request: HttpRequest) -> Any:
    def data(values: Any) -> dict[str, Datum]:
        return {name: Datum(value, "string") for name, value in values.items()}

    http = {
        "method": Datum(request.method, "string"),
        "url": Datum(request.url, "string"),
        "headers": data(request.headers),
        "query": data(request.query),
        "params": data(request.route_values),
        "body": Datum(request.body, "bytes"),
    }
    return HttpRequestConverter.decode(Datum(http, "http"), trigger_metadata={})


def _encode(returned: object) -> HttpResponse:
    try:
        datum = HttpResponseConverter.encode(returned, expected_type=None)
    except NotImplementedError:
        raise TypeError(
            f"a function must return func.HttpResponse or str, and this one returned {type(returned).__name__}"
        ) from None
    if datum.type == "string":
        return HttpResponse(200, [("content-type", "text/plain; charset=utf-8")], datum.value.encode())
    http = datum.value
    headers = [(name, value.value) for name, value in http["headers"].items()]
    cookies: list[SimpleCookie] = http["cookies"] or []
    headers += [("set-cookie", morsel.OutputString()) for cookie in cookies for morsel in cookie.values()]
    return HttpResponse(int(http["status_code"].value), headers, http["body"].value)
