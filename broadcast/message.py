"""Messages: from the body of a request to the target and arguments that clients receive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import azure.functions as func

from broadcast.errors import RequestRefusedError
from shared import InvalidParameterError, Message, MessageTooLargeError
from shared.message import BODY_LIMIT

# .NET's JSON readers, clients' among them, stop at 64 levels; the body itself is the first.
MAX_DEPTH = 64
JSON_TYPES = re.compile(r"(application|text)/json|application/[^;\s]+\+json", re.IGNORECASE)
SHAPE = '{"target": "newMessage", "arguments": ["hello"]}'


def read_message(request: func.HttpRequest) -> Message:
    """The message in the body: a JSON object with `target` and `arguments`, their names in any case.

    `arguments` may be absent or null: a message without arguments. Raises MessageTooLargeError (above 1,048,576
    bytes), InvalidParameterError that names the field, and RequestRefusedError 415 for a body that is not
    declared as JSON.
    """
    body = request.get_body()
    if len(body) > BODY_LIMIT:
        raise MessageTooLargeError(len(body), BODY_LIMIT)
    _expect_json(request.headers.get("content-type"))
    return _message(_parse(body))


def _expect_json(content_type: str | None) -> None:
    """Refuse what is declared as something else: also what a foreign web page can post without asking (CORS)."""
    media_type = (content_type or "application/json").split(";")[0].strip()
    if not JSON_TYPES.fullmatch(media_type):
        raise RequestRefusedError(
            415, "UnsupportedMediaType", f"content-type: send application/json, not {media_type}."
        )


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=_object)
    except InvalidParameterError:
        raise
    except RecursionError:
        raise InvalidParameterError("body", f"must not be nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise InvalidParameterError("body", f"must be JSON like {SHAPE}: {error}") from None


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose names all differ: of two equal ones, one value would be lost in silence."""
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise InvalidParameterError("body", f"has the name {json.dumps(name)} twice in one object")
        members[name] = value
    return members


def _message(body: Any) -> Message:
    if not isinstance(body, dict):
        raise InvalidParameterError("body", f"must be a JSON object like {SHAPE}")
    members = _object((name.lower(), value) for name, value in body.items())
    if unknown := sorted(members.keys() - {"target", "arguments"}):
        raise InvalidParameterError("body", f"has the unknown property {json.dumps(unknown[0])}")
    target, arguments = members.get("target"), members.get("arguments")
    if not isinstance(target, str) or not target:
        raise InvalidParameterError("target", "must be a string that is not empty")
    if not isinstance(arguments, list | None):
        raise InvalidParameterError("arguments", "must be an array or null")
    _check_depth(arguments)
    return Message(target, arguments or [])


def _check_depth(arguments: list[Any] | None) -> None:
    """Look at one level after the other: each is the arrays and objects that stand in those of the level above."""
    level: list[Any] = [arguments]
    # The body is a level as well, and the arguments are the next one.
    for _ in range(MAX_DEPTH - 1):
        level = [inner for value in level for inner in _inside(value) if isinstance(inner, list | dict)]
    if level:
        raise InvalidParameterError("arguments", f"must not be nested deeper than {MAX_DEPTH} levels")


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value or ()
