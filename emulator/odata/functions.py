"""The functions of a filter: what they take, what they give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from emulator.odata.expressions import Expression, Kind, Subject


class Function(NamedTuple):
    """`takes` lists the kinds that each argument may have; the last `optional` arguments may be left out."""

    takes: tuple[tuple[Kind, ...], ...]
    gives: Kind
    value: Callable[..., Any]
    optional: int = 0

    @property
    def counts(self) -> range:
        """How many arguments it may have."""
        return range(len(self.takes) - self.optional, len(self.takes) + 1)


def _substring(text: str, start: int, length: int | None = None) -> str:
    start = max(start, 0)
    return text[start:] if length is None else text[start : start + max(length, 0)]


_TEXT = (Kind.STRING, Kind.NULL)
_NUMBER = (Kind.INTEGER,)
# Written in lower case, as OData has them.
FUNCTIONS = {
    "concat": Function((_TEXT, _TEXT), Kind.STRING, str.__add__),
    "contains": Function((_TEXT, _TEXT), Kind.BOOLEAN, str.__contains__),
    "endswith": Function((_TEXT, _TEXT), Kind.BOOLEAN, str.endswith),
    "indexof": Function((_TEXT, _TEXT), Kind.INTEGER, str.find),
    "length": Function(((*_TEXT, Kind.GROUPS),), Kind.INTEGER, len),
    "startswith": Function((_TEXT, _TEXT), Kind.BOOLEAN, str.startswith),
    "substring": Function((_TEXT, _NUMBER, _NUMBER), Kind.STRING, _substring, optional=1),
    "tolower": Function((_TEXT,), Kind.STRING, str.lower),
    "toupper": Function((_TEXT,), Kind.STRING, str.upper),
    "trim": Function((_TEXT,), Kind.STRING, str.strip),
}


def call(function: Function, arguments: Sequence[Expression]) -> Expression:
    """The function of these arguments; null where one of them is null."""

    def value(subject: Subject) -> Any:
        values = [argument.value(subject) for argument in arguments]
        return None if None in values else function.value(*values)

    return Expression(function.gives, value)
