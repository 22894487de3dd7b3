"""Responses: the few shapes in which every function of this app answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import azure.functions as func

# Answers carry access tokens or the state of a moment; neither may come out of a cache.
NO_STORE = {"Cache-Control": "no-store"}


def ok() -> func.HttpResponse:
    """200 without a body: it is so, or it is done."""
    return func.HttpResponse(status_code=200, headers=NO_STORE)


def accepted() -> func.HttpResponse:
    """202 without a body: the service has taken the request over and carries it out."""
    return func.HttpResponse(status_code=202, headers=NO_STORE)


def found(exists: bool, code: str, message: str) -> func.HttpResponse:
    """200 when it exists, else 404 with the code that the service itself gives."""
    return ok() if exists else error_response(404, code, message, headers={"x-ms-error-code": code})


def json_response(body: Any, *, status_code: int = 200, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """`body` as JSON; `headers` come on top of `Cache-Control: no-store`."""
    return func.HttpResponse(
        json.dumps(body),
        status_code=status_code,
        headers={**NO_STORE, **(headers or {})},
        mimetype="application/json",
    )


def error_response(
    status_code: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """`{"error": {"code", "message"}}`: a code for programs and a sentence for people."""
    return json_response({"error": {"code": code, "message": message}}, status_code=status_code, headers=headers)
