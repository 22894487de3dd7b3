"""Bodies: JSON from a request, limited in size and depth before it is parsed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import azure.functions as func

from http_api.errors import RequestRefusedError
from shared import InvalidParameterError, MessageTooLargeError
from shared.message import BODY_LIMIT

# .NET's JSON readers, clients' among them, stop at 64 levels; the body itself is the first.
MAX_DEPTH = 64

_JSON_TYPES = re.compile(r"(application|text)/json|application/[^;\s]+\+json", re.IGNORECASE)
# All but the brackets that stand outside of strings; a string that does not end takes all the rest.
_NO_BRACKETS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|[^\[\]{}"]+|"', re.DOTALL)


@dataclass(frozen=True)
class Body:
    """What an operation takes as its body: JSON schema, example, and how the parsed JSON becomes keyword arguments."""

    schema: Mapping[str, Any]
    example: Any
    read_json: Callable[[Any], dict[str, Any]]

    def read(self, request: func.HttpRequest) -> dict[str, Any]:
        return self.read_json(read_json(request, self.example))


def read_json(request: func.HttpRequest, example: Any) -> Any:
    """The JSON in the body of a request.

    Raises MessageTooLargeError (above 1,048,576 bytes), InvalidParameterError for what is no JSON, is nested too
    deep or has a name twice, and RequestRefusedError 415 for a body that is not declared as JSON.
    """
    body = request.get_body()
    if len(body) > BODY_LIMIT:
        raise MessageTooLargeError(len(body), BODY_LIMIT)
    _expect_json(request.headers.get("content-type"))
    _check_depth(body)
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=unique_names)
    except InvalidParameterError:
        raise
    except ValueError as error:
        raise InvalidParameterError("body", f"must be JSON like {json.dumps(example)}: {error}") from None


def _expect_json(content_type: str | None) -> None:
    """Refuse what is declared as something else: also what a foreign web page can post without asking (CORS)."""
    media_type = (content_type or "application/json").split(";")[0].strip()
    if not _JSON_TYPES.fullmatch(media_type):
        raise RequestRefusedError(415, "UnsupportedMediaType", "content-type: send the body as application/json.")


def _check_depth(body: bytes) -> None:
    steps = (1 if bracket in b"[{" else -1 for bracket in _NO_BRACKETS.sub(b"", body))
    if max(accumulate(steps), default=0) > MAX_DEPTH:
        raise InvalidParameterError("body", f"must not be nested deeper than {MAX_DEPTH} levels")


def unique_names(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose names all differ: of two equal ones, one value would be lost in silence."""
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise InvalidParameterError("body", f"has the name {json.dumps(name)} twice in one object")
        members[name] = value
    return members
