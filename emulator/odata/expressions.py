"""The parts of a filter: what kind of value each has, and what its value is for a connection.

A null (the user id of an anonymous client) goes through functions and `not` as null, and a null filter matches nothing,
as OData has it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol


class Kind(StrEnum):
    """Spelled as a problem is told."""

    STRING = "a string"
    INTEGER = "a whole number"
    BOOLEAN = "a condition"
    GROUPS = "a list of groups"
    NULL = "null"


class Subject(Protocol):
    """What a filter knows of a connection."""

    @property
    def connection_id(self) -> str: ...
    @property
    def user_id(self) -> str | None: ...
    @property
    def groups(self) -> Collection[str]: ...


class Lookup(NamedTuple):
    """Where to look for matches instead of everywhere: `field` is `connectionid`, `userid` or `groups`."""

    field: str
    value: str


@dataclass(frozen=True)
class Expression:
    """`lookups` is set where every match has one of these values; `field` or `constant` where it is no more."""

    kind: Kind
    value: Callable[[Subject], Any]
    lookups: tuple[Lookup, ...] | None = None
    field: str | None = None
    is_constant: bool = False
    constant: Any = None


def constant(kind: Kind, value: Any) -> Expression:
    return Expression(kind, lambda _: value, is_constant=True, constant=value)


# Names are found in any case.
FIELDS = {
    "connectionid": Expression(Kind.STRING, operator.attrgetter("connection_id"), field="connectionid"),
    "userid": Expression(Kind.STRING, operator.attrgetter("user_id"), field="userid"),
    "groups": Expression(Kind.GROUPS, operator.attrgetter("groups"), field="groups"),
}
CONSTANTS = {
    "true": constant(Kind.BOOLEAN, True),
    "false": constant(Kind.BOOLEAN, False),
    "null": constant(Kind.NULL, None),
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
EQUALITIES = ("eq", "ne")


def compare(name: str, left: Expression, right: Expression) -> Expression:
    """`eq` and `ne` know null; an order with null is false."""
    decide = COMPARISONS[name]
    lookups = _lookups(left, [right]) or _lookups(right, [left]) if name == "eq" else None
    if name in EQUALITIES:
        return Expression(Kind.BOOLEAN, lambda subject: decide(left.value(subject), right.value(subject)), lookups)

    def in_order(subject: Subject) -> bool:
        first, second = left.value(subject), right.value(subject)
        return first is not None and second is not None and decide(first, second)

    return Expression(Kind.BOOLEAN, in_order)


def one_of(item: Expression, choices: Sequence[Expression]) -> Expression:
    """`in` with a list; one of constants costs the same however long it is."""
    lookups = _lookups(item, choices)
    if all(choice.is_constant for choice in choices):
        values = frozenset(choice.constant for choice in choices)
        return Expression(Kind.BOOLEAN, lambda subject: item.value(subject) in values, lookups)
    return Expression(
        Kind.BOOLEAN, lambda subject: item.value(subject) in [choice.value(subject) for choice in choices], lookups
    )


def in_groups(item: Expression, groups: Expression) -> Expression:
    """`in` with the connection's groups."""
    lookups = (Lookup("groups", item.constant),) if isinstance(item.constant, str) else None
    return Expression(Kind.BOOLEAN, lambda subject: item.value(subject) in groups.value(subject), lookups)


def _lookups(item: Expression, choices: Sequence[Expression]) -> tuple[Lookup, ...] | None:
    if item.field is None or not all(isinstance(choice.constant, str) for choice in choices):
        return None
    return tuple(Lookup(item.field, choice.constant) for choice in choices)


def negate(operand: Expression) -> Expression:
    def value(subject: Subject) -> bool | None:
        found: bool | None = operand.value(subject)
        return None if found is None else not found

    return Expression(Kind.BOOLEAN, value)


def all_of(operands: Sequence[Expression]) -> Expression:
    """`and`: false where one is false, else null where one is null."""
    narrow = [operand.lookups for operand in operands if operand.lookups is not None]
    lookups = min(narrow, key=_cost, default=None)
    return Expression(Kind.BOOLEAN, lambda subject: _decide(operands, subject, decisive=False), lookups)


def any_of(operands: Sequence[Expression]) -> Expression:
    """`or`: true where one is true, else null where one is null."""
    lookups: tuple[Lookup, ...] | None = ()
    for operand in operands:
        lookups = None if lookups is None or operand.lookups is None else lookups + operand.lookups
    return Expression(Kind.BOOLEAN, lambda subject: _decide(operands, subject, decisive=True), lookups)


def _decide(operands: Sequence[Expression], subject: Subject, *, decisive: bool) -> bool | None:
    decision: bool | None = not decisive
    for operand in operands:
        value: bool | None = operand.value(subject)
        if value is decisive:
            return decisive
        if value is None:
            decision = None
    return decision


def _cost(lookups: tuple[Lookup, ...]) -> int:
    """A rough guess: an id is one connection, a user a few, a group many."""
    return sum({"connectionid": 1, "userid": 3, "groups": 1000}[lookup.field] for lookup in lookups)
