"""Route constraints: which values a parameter of a route template takes, as ASP.NET defines them."""

from __future__ import annotations

import re
from collections.abc import Callable

from functions_host.errors import RouteTemplateError

Constraint = Callable[[str], bool]

# 40 digits are more than any integer here has, and few enough for Python to convert.
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,40}\s*")
_DECIMAL = re.compile(r"\s*[+-]?([0-9][0-9,]*\.?[0-9]*|\.[0-9]+)\s*")
_FLOAT = re.compile(r"\s*[+-]?([0-9][0-9,]*\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?\s*", re.IGNORECASE)
_GUID = re.compile(
    r"[0-9a-f]{32}|([({]?)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}[)}]?", re.IGNORECASE
)
_ALPHA = re.compile(r"[a-z]*", re.IGNORECASE)


def _integer(bits: int) -> Constraint:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return lambda value: bool(_INTEGER.fullmatch(value)) and low <= int(value) <= high


def _shape(pattern: re.Pattern[str]) -> Constraint:
    return lambda value: pattern.fullmatch(value) is not None


def _guid(value: str) -> bool:
    closing = {"(": ")", "{": "}"}.get(value[:1], "")
    return bool(_GUID.fullmatch(value)) and (value[-1:] if value[-1:] in ")}" else "") == closing


def _length(low: int, high: int | None = None) -> Constraint:
    return lambda value: low <= len(value) <= (low if high is None else high)


def _range(low: int | None, high: int | None) -> Constraint:
    def matches(value: str) -> bool:
        if not _integer(64)(value):
            return False
        return (low is None or low <= int(value)) and (high is None or int(value) <= high)

    return matches


# Name to the number of integers in its parentheses, and what makes the constraint of them.
_CONSTRAINTS: dict[tuple[str, int], Callable[..., Constraint]] = {
    ("int", 0): lambda: _integer(32),
    ("long", 0): lambda: _integer(64),
    ("bool", 0): lambda: lambda value: value.strip().lower() in {"true", "false"},
    ("decimal", 0): lambda: _shape(_DECIMAL),
    ("double", 0): lambda: _shape(_FLOAT),
    ("float", 0): lambda: _shape(_FLOAT),
    ("guid", 0): lambda: _guid,
    ("alpha", 0): lambda: _shape(_ALPHA),
    ("required", 0): lambda: bool,
    ("length", 1): _length,
    ("length", 2): _length,
    ("minlength", 1): lambda low: lambda value: len(value) >= low,
    ("maxlength", 1): lambda high: lambda value: len(value) <= high,
    ("min", 1): lambda low: _range(low, None),
    ("max", 1): lambda high: _range(None, high),
    ("range", 2): _range,
}


def parse_constraint(name: str, arguments: str | None) -> Constraint:
    """The constraint that `{parameter:name(arguments)}` asks for; raises RouteTemplateError for an unknown one."""
    if name.lower() == "regex" and arguments is not None:
        return _regular_expression(arguments)
    try:
        numbers = [] if arguments is None else [int(argument) for argument in arguments.split(",")]
        return _CONSTRAINTS[name.lower(), len(numbers)](*numbers)
    except (KeyError, ValueError):
        known = ", ".join(sorted({known for known, _ in _CONSTRAINTS} | {"regex"}))
        written = name if arguments is None else f"{name}({arguments})"
        raise RouteTemplateError(f"the constraint '{written}' is not known here; known are {known}") from None


def _regular_expression(pattern: str) -> Constraint:
    # ASP.NET searches, it does not match the whole value: an author who wants that writes ^ and $.
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise RouteTemplateError(f"the regular expression '{pattern}' is not valid: {error}") from error
    return lambda value: compiled.search(value) is not None
