"""OpenAPI: the document that describes the app's functions, built from their declarations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from http_api.api import Operation
from http_api.bodies import Body
from http_api.parameters import Parameter
from http_api.responses import Answer, error_body
from http_api.roles import ANY

VERSION = "3.1.0"
ERRORS: Mapping[int, tuple[str, str, str]] = {
    400: ("InvalidParameter", "ttl must be a whole number of seconds from 0 to 2,147,483,647.", "Something is wrong"),
    401: ("Unauthorized", "No identity: none of the providers in NEGOTIATE_AUTH knows the caller.", "No identity"),
    403: ("GrantMissing", "The token does not grant 'send' on the hub 'chat'.", "The identity may not do this"),
    404: ("UnknownHub", "This app has no such hub: SIGNALR_HUBS does not list it.", "No such hub, or not there"),
    409: ("StillRunning", "Idempotency-Key: the first request with this key is still being carried out.", "Running"),
    413: ("MessageTooLarge", "message is 1,048,577 bytes long, and the limit is 1,048,576.", "Too large"),
    415: ("UnsupportedMediaType", "content-type: send the body as application/json.", "No JSON"),
    422: ("IdempotencyKeyReused", "Idempotency-Key: another request has used this key.", "A key used before"),
    429: ("TooManyRequests", "Azure SignalR Service has reached its limit; try again later.", "The service's limit"),
    431: ("HeadersTooLarge", "The headers are 40,000 characters long, and the limit is 32,768.", "Headers too large"),
    500: ("InternalError", "The function failed; its log says why.", "A mistake in the app or its settings"),
    502: ("ServiceFailed", "Azure SignalR Service answered 500, which is no success.", "The service failed"),
    503: ("NoResponse", "Azure SignalR Service did not answer; try again later.", "No answer from the service"),
}
# Percent-encoded, they can make a URL that is longer than the service takes.
_LONG = {"excluded", "reason"}
SCHEMAS = {
    "ErrorDetail": {
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": {"type": "string", "description": "For programs."},
            "message": {"type": "string", "description": "For people."},
        },
        "additionalProperties": False,
    },
    "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"$ref": "#/components/schemas/ErrorDetail"}},
        "additionalProperties": False,
    },
}
SECURITY_SCHEMES = {
    "functionKey": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
}
# The platform's own answer, with nothing in it; this app's own one has the shape of all errors.
KEY_MISSING = {
    "description": "No function key, or a wrong one (no body); or no valid token where SEND_ROLES asks for one."
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key within 10 minutes is not sent twice by the same instance of the app.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def openapi_document(operations: Iterable[Operation], *, server: str) -> dict[str, Any]:
    """The document (OpenAPI 3.1) of these operations, whose routes are relative to `server`."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(f"/{operation.route}", {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": VERSION,
        "info": {
            "title": "Negotiate and broadcast",
            "version": "1.0.0",
            "description": "Lets SignalR clients connect, sends them messages and manages their groups.",
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": SECURITY_SCHEMES},
    }


def statuses(operation: Operation) -> set[int]:
    """Every status but success that the operation can answer."""
    return {400, 431, 500, 503, *operation.errors, *_statuses_of_parts(operation)}


def _statuses_of_parts(operation: Operation) -> Iterable[int]:
    # What has several parts tells in the result of each how the service answered.
    if operation.grant != ANY:
        yield from (429, 502)
    if operation.grant:
        yield from (401, 403, 404)
    if operation.parameters:
        yield 404
    if operation.body or any(parameter.name in _LONG for parameter in operation.query):
        yield 413
    if operation.body:
        yield 415
    if operation.takes_idempotency_key:
        yield from (409, 422)


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.description.split(". ")[0].split(";")[0].rstrip("."),
        "description": operation.description,
        "tags": [operation.tag],
        "parameters": [_parameter(parameter) for parameter in operation.parameters],
        "responses": _responses(operation),
        # Without a key a bearer token may say who the caller is; SEND_ROLES asks for one beside the key.
        "security": [{"functionKey": []}, {"functionKey": [], "bearer": []}]
        if operation.grant
        else [{}, {"bearer": []}],
    }
    if operation.takes_idempotency_key:
        described["parameters"].append(IDEMPOTENCY_KEY)
    if operation.body:
        described["requestBody"] = _body(operation.body)
    return described


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.description,
        "schema": parameter.schema,
        "example": parameter.example,
    }


def _body(body: Body) -> dict[str, Any]:
    return {"required": True, "content": _json(body.schema, body.example)}


def _json(schema: Any, example: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema, "example": example}}


def _responses(operation: Operation) -> dict[str, Any]:
    return {
        str(operation.answer.status): _success(operation.answer),
        **{str(status): _error(status) for status in sorted(statuses(operation))},
        **({"401": KEY_MISSING} if operation.grant else {}),
    }


def _success(answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.description}
    return described | ({"content": _json(answer.schema, answer.example)} if answer.schema else {})


def _error(status: int) -> dict[str, Any]:
    code, message, description = ERRORS[status]
    return {
        "description": f"{description}.",
        "content": _json({"$ref": "#/components/schemas/Error"}, error_body(code, message)),
    }
