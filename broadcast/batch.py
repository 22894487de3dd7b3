"""Batch: many operations on one hub in one request, each with a result of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import azure.functions as func

from broadcast import connections, groups, hub, users
from broadcast.message import PROPERTIES, read_message
from http_api.api import Api, Operation
from http_api.bodies import Body
from http_api.errors import logged_response
from http_api.parameters import HUB, check_names
from http_api.responses import Answer, error_body
from http_api.roles import ANY, require_grant
from shared import InvalidParameterError, NoResponseError

MOST_OPERATIONS = 100
api = Api("Batch")

# Every operation of these is on one hub and answers at once; an invoke waits for a client and is left out.
OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for each in (hub.api, users.api, groups.api, connections.api)
    for operation in each.operations
    if HUB in operation.parameters and operation.name != "invoke"
}


@dataclass(frozen=True)
class Item:
    """One operation of a batch, not yet checked but for its name."""

    operation: Operation
    fields: Mapping[str, Any]

    def values(self) -> dict[str, Any]:
        """The handler's keyword arguments; raises InvalidParameterError naming the field."""
        parameters = [parameter for parameter in self.operation.parameters if parameter is not HUB]
        message = PROPERTIES.keys() if self.operation.body else ()
        if unknown := sorted(self.fields.keys() - {parameter.name for parameter in parameters} - set(message)):
            raise InvalidParameterError(unknown[0], f"is no field of {self.operation.name}")
        values = {}
        for parameter in parameters:
            if parameter.name in self.fields:
                values[parameter.keyword] = parameter.check(self.fields[parameter.name])
            elif parameter.place == "path":
                raise InvalidParameterError(parameter.name, f"is missing; {self.operation.name} needs it")
            else:
                values[parameter.keyword] = parameter.default
        check_names(values[parameter.keyword] for parameter in parameters if parameter.place == "path")
        if self.operation.body:
            values["message"] = read_message({name: self.fields[name] for name in message if name in self.fields})
        return values


def _read(body: Any) -> dict[str, Any]:
    listed = body.get("operations") if isinstance(body, dict) and body.keys() == {"operations"} else None
    if not isinstance(listed, list):
        raise InvalidParameterError("body", f"must be a JSON object like {json.dumps(EXAMPLE)}")
    if not 1 <= len(listed) <= MOST_OPERATIONS:
        raise InvalidParameterError("operations", f"must be 1 to {MOST_OPERATIONS}, not {len(listed)}")
    return {"items": [_item(f"operations[{position}]", entry) for position, entry in enumerate(listed)]}


def _item(position: str, entry: Any) -> Item:
    name = entry.get("operation") if isinstance(entry, dict) else None
    if not isinstance(name, str) or name not in OPERATIONS:
        raise InvalidParameterError(f"{position}.operation", f"must be one of: {', '.join(OPERATIONS)}")
    return Item(OPERATIONS[name], {field: value for field, value in entry.items() if field != "operation"})


EXAMPLE = {
    "operations": [
        {"operation": "send_to_group", "group": "red", "target": "newMessage", "arguments": ["hello"]},
        {"operation": "add_user_to_group", "group": "red", "user": "ada", "ttl": 3600},
    ]
}
ENTRY = {
    "type": "object",
    "required": ["operation"],
    "properties": {"operation": {"enum": list(OPERATIONS)}},
    "description": "The name of an operation, and its parameters and its message's properties as fields.",
}
BATCH = Body(
    {
        "type": "object",
        "required": ["operations"],
        "properties": {"operations": {"type": "array", "minItems": 1, "maxItems": MOST_OPERATIONS, "items": ENTRY}},
        "additionalProperties": False,
    },
    EXAMPLE,
    _read,
)
RESULT = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "integer"}, "body": {}, "error": {"$ref": "#/components/schemas/ErrorDetail"}},
}
RESULTS = Answer(
    207,
    "A result for each operation, in the same order: the status that its own function would answer.",
    {
        "type": "object",
        "required": ["results"],
        "properties": {"results": {"type": "array", "items": RESULT}},
        "additionalProperties": False,
    },
    {"results": [{"status": 202}, {"status": 400, "error": {"code": "InvalidParameter", "message": "ttl must be …"}}]},
)


@api.function("POST", "hubs/{hub}/batch", answer=RESULTS, grant=ANY, body=BATCH)
def batch(request: func.HttpRequest, hub: str, items: list[Item]) -> dict[str, Any]:
    """Carry out up to 100 operations on a hub, one after the other; one that fails does not stop those behind it.

    Only after one that got no answer from the service, the rest is not tried: each would wait as long.
    """
    results: list[dict[str, Any]] = []
    silent = False
    for item in items:
        result, silent = _not_tried() if silent else _carried_out(item, request, hub)
        results.append(result)
    return {"results": results}


def _carried_out(item: Item, request: func.HttpRequest, hub: str) -> tuple[dict[str, Any], bool]:
    """The result, and whether the service was silent."""
    operation = item.operation
    try:
        require_grant(request, operation.grant or "", hub)
        response = operation.answer.response(operation.run(request, hub=hub, **item.values()))
    except Exception as error:
        response = logged_response(operation.name, error, may_repeat=False)
        return _result(response), isinstance(error, NoResponseError)
    return _result(response), False


def _result(response: func.HttpResponse) -> dict[str, Any]:
    result: dict[str, Any] = {"status": response.status_code}
    if body := response.get_body():
        document = json.loads(body)
        result |= document if response.status_code >= 400 else {"body": document}
    return result


def _not_tried() -> tuple[dict[str, Any], bool]:
    message = "Not tried: the service did not answer an operation before this one."
    return {"status": 503, **error_body("NotTried", message)}, True
