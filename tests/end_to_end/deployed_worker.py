"""Runs in a Python 3.13 of its own: a deployed package in Azure's worker library, driven by lines of JSON on stdin."""

from __future__ import annotations

import json
import sys
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from functions_host.functions import HttpFunction
    from functions_host.runtime_worker import RuntimeWorker


def serve(package: str, platform: str, bridge: str) -> None:
    """Answer every line until stdin ends: `{"list"}` or `{"invoke", "request"}`."""
    # Azure's order: the app's packages, the app, the platform's; last what only speaks to the worker library.
    sys.path[:0] = [f"{package}/.python_packages/lib/site-packages", package, platform]
    sys.path.append(bridge)
    answers, sys.stdout = sys.stdout, sys.stderr

    from pathlib import Path

    from functions_host.functions import http_functions
    from functions_host.runtime_worker import RuntimeWorker

    worker = RuntimeWorker(Path(package))
    listed = worker.load()
    functions = {function.name: function for function in http_functions(listed)}
    for line in sys.stdin:
        question = json.loads(line)
        if "list" in question:
            answer: Any = [{"name": metadata.name, "bindings": metadata.bindings} for metadata in listed]
        else:
            answer = invoke(worker, functions[question["invoke"]], question["request"])
        print(json.dumps(answer), file=answers, flush=True)
    worker.close()


def invoke(worker: RuntimeWorker, function: HttpFunction, request: dict[str, Any]) -> dict[str, Any]:
    from functions_host.functions import HttpRequest

    request["body"] = request.get("body", "").encode()
    response = worker.invoke(function, str(uuid.uuid4()), HttpRequest(**request))
    return {"status": response.status_code, "headers": dict(response.headers), "body": response.body.decode()}


if __name__ == "__main__":
    serve(*sys.argv[1:])
