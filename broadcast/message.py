"""Messages: from the JSON of a request to the target and arguments that clients receive."""

from __future__ import annotations

import json
from typing import Any

from http_api.bodies import Body, unique_names
from shared import InvalidParameterError, Message

EXAMPLE = {"target": "newMessage", "arguments": ["hello"]}
PROPERTIES = {
    "target": {"type": "string", "minLength": 1, "description": "The clients' method."},
    "arguments": {
        "type": ["array", "null"],
        "description": "Its arguments, any JSON values; absent or null for none.",
        "items": {},
    },
}


def read_message(body: Any) -> Message:
    """The message in a JSON object with `target` and `arguments`, their names in any case.

    `arguments` may be absent or null: a message without arguments. Raises InvalidParameterError naming the field.
    """
    if not isinstance(body, dict):
        raise InvalidParameterError("body", f"must be a JSON object like {json.dumps(EXAMPLE)}")
    members = unique_names((name.lower(), value) for name, value in body.items())
    if unknown := sorted(members.keys() - PROPERTIES.keys()):
        raise InvalidParameterError("body", f"has the unknown property {json.dumps(unknown[0])}")
    target, arguments = members.get("target"), members.get("arguments")
    if not isinstance(target, str) or not target:
        raise InvalidParameterError("target", "must be a string that is not empty")
    if not isinstance(arguments, list | None):
        raise InvalidParameterError("arguments", "must be an array or null")
    return Message(target, arguments or [])


MESSAGE = Body(
    {"type": "object", "required": ["target"], "properties": PROPERTIES, "additionalProperties": False},
    EXAMPLE,
    lambda body: {"message": read_message(body)},
)
