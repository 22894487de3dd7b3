"""Responses: the few shapes in which every function of this app answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import azure.functions as func

# Answers carry access tokens or the state of a moment; neither may come out of a cache.
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Answer:
    """How an operation answers success: its status, and the JSON schema and example of its body where it has one.

    `absent` is the code and the sentence of the 404 that says "it is not there", as the service itself gives it.
    """

    status: int
    description: str
    schema: Mapping[str, Any] | None = None
    example: Any = None
    absent: tuple[str, str] | None = None

    def response(self, result: Any) -> func.HttpResponse:
        """The response for what the operation returned: None or True for done, False for absent, else a body."""
        if result is False and self.absent:
            code, message = self.absent
            return error_response(404, code, message, headers={"x-ms-error-code": code})
        if result is None or result is True:
            return func.HttpResponse(status_code=self.status, headers=NO_STORE)
        return json_response(result, status_code=self.status)


ACCEPTED = Answer(202, "The service has taken it over and carries it out.")
DONE = Answer(200, "It is done.")
CLOSED = Answer(204, "The connections are being closed.")


def exists(code: str, message: str) -> Answer:
    return Answer(200, "It is so.", absent=(code, message))


def json_response(body: Any, *, status_code: int = 200, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """`body` as JSON; `headers` come on top of `Cache-Control: no-store`."""
    return func.HttpResponse(
        json.dumps(body),
        status_code=status_code,
        headers={**NO_STORE, **(headers or {})},
        mimetype="application/json",
    )


def error_body(code: str, message: str) -> dict[str, Any]:
    """`{"error": {"code", "message"}}`: a code for programs and a sentence for people."""
    return {"error": {"code": code, "message": message}}


def error_response(
    status_code: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    return json_response(error_body(code, message), status_code=status_code, headers=headers)
