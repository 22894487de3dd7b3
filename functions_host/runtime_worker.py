"""A worker for Python 3.13 and later: runs functions in Azure's own worker library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.utils import formatdate
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import azure_functions_runtime as runtime

from functions_host.errors import FunctionAppError, FunctionFailedError
from functions_host.event_loop import EventLoopThread
from functions_host.functions import FunctionMetadata, HttpFunction, HttpRequest, HttpResponse
from functions_host.runtime_messages import Message, worker_protocol


class RuntimeWorker:
    """The library keeps its functions in a module, so there is one worker per process."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._protos = worker_protocol()
        self._loop = EventLoopThread()
        self._ids: dict[str, str] = {}
        runtime.start_threadpool_executor()

    def load(self) -> Sequence[FunctionMetadata]:
        directory = str(self._root)
        init = Message(capabilities={}, worker_directory=directory, function_app_directory=directory)
        try:
            self._check(self._loop.run(runtime.worker_init_request(self._request(worker_init_request=init))))
        except FunctionFailedError as error:
            raise FunctionAppError(f"The function app cannot be loaded.\n{error.stack_trace.rstrip()}") from None
        listed = self._loop.run(runtime.functions_metadata_request(self._request(functions_metadata_request=Message())))
        functions = listed.function_metadata_results or []
        self._ids = {function.name: function.function_id for function in functions}
        return [FunctionMetadata.from_raw_bindings(function.name, function.raw_bindings) for function in functions]

    def invoke(self, function: HttpFunction, invocation_id: str, request: HttpRequest) -> HttpResponse:
        invocation = Message(
            invocation_id=invocation_id,
            function_id=self._ids[function.name],
            input_data=[self._protos.ParameterBinding(name=function.trigger_parameter, data=self._http(request))],
            trigger_metadata={},
            trace_context=Message(
                trace_parent=request.headers.get("traceparent", ""),
                trace_state=request.headers.get("tracestate", ""),
                attributes={},
            ),
            retry_context=Message(retry_count=0, max_retry_count=0, exception=None),
        )
        response = self._loop.run(runtime.invocation_request(self._request(invocation_request=invocation)))
        self._check(response)
        return _response(response.return_value)

    def close(self) -> None:
        self._loop.close()
        pool = runtime.get_threadpool_executor()
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _request(self, **content: Message) -> Message:
        return Message(request=Message(**content), properties={"host": "127.0.0.1", "protos": self._protos})

    def _http(self, request: HttpRequest) -> Message:
        http: Message = self._protos.RpcHttp(
            method=request.method,
            url=request.url,
            headers=request.headers,
            params=request.route_values,
            query=request.query,
            body=self._protos.TypedData(bytes=request.body),
        )
        typed: Message = self._protos.TypedData(http=http)
        return typed

    def _check(self, response: Message) -> None:
        if response.result.status != self._protos.StatusResult.Success:
            raise FunctionFailedError(response.result.exception.stack_trace)


def _response(returned: Message) -> HttpResponse:
    if returned.WhichOneof("data") == "string":
        return HttpResponse(200, [("content-type", "text/plain; charset=utf-8")], returned.string.encode())
    http = returned.http
    headers = [*http.headers.items(), *(("set-cookie", cookie) for cookie in _cookies(http.cookies or []))]
    return HttpResponse(int(http.status_code), headers, http.body.bytes)


def _cookies(cookies: Sequence[Message]) -> Iterator[str]:
    for cookie in cookies:
        morsel = SimpleCookie({cookie.name: cookie.value})[cookie.name]
        morsel.update({name: value for name, value in _attributes(cookie) if value})
        yield morsel.OutputString()


def _attributes(cookie: Message) -> Iterator[tuple[str, Any]]:
    yield "samesite", cookie.same_site
    if cookie.max_age is not None:
        yield "max-age", f"{cookie.max_age.value:.0f}"
    if cookie.expires is not None:
        yield "expires", formatdate(cookie.expires.value.seconds, usegmt=True)
    for name, value in {
        "domain": cookie.domain,
        "path": cookie.path,
        "secure": cookie.secure,
        "httponly": cookie.http_only,
    }.items():
        yield name, value and value.value
