"""JSON values: encoded strictly, so that what a client reads is what was meant here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from shared.errors import InvalidParameterError

Default = Callable[[Any], Any]

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encoded_json(parameter: str, value: Any, default: Default | None = None) -> bytes:
    """Encode as compact UTF-8; `default` turns values of the caller's own types into JSON values, as json's does.

    InvalidParameterError names the parameter for NaN, infinities, keys that are not text, circles and other types.
    """
    encoder = _ENCODER if default is None else _encoder_with(parameter, default)
    try:
        encoded = encoder.encode(value).encode()
    except InvalidParameterError:
        raise
    except UnicodeEncodeError:
        raise InvalidParameterError(parameter, "holds half of a surrogate pair, which UTF-8 cannot carry") from None
    except (TypeError, ValueError, RecursionError) as exc:
        raise InvalidParameterError(parameter, f"has no JSON: {exc}") from exc
    _check_keys(parameter, value)
    return encoded


def _encoder_with(parameter: str, default: Default) -> json.JSONEncoder:
    def converted(value: Any) -> Any:
        made = default(value)
        _check_keys(parameter, made)
        return made

    return json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=converted)


def _check_keys(parameter: str, value: Any) -> None:
    for key in _keys(value):
        if not isinstance(key, str):
            # json would turn 1 and True into text, and the client would look for another key than was sent.
            raise InvalidParameterError(parameter, f"has a key that is not text but {type(key).__name__}")


def _keys(value: Any) -> Iterator[Any]:
    """All keys of all dicts inside; not recursive, and sure to end where json has found no circle."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as mapping:
                yield from mapping
                waiting += mapping.values()
            case list() | tuple() as items:
                waiting += items
