"""Filters: which connections a command is for, as an OData expression whose texts are quoted for sure.

`user_is("ann") | (in_group("editors") & ~connection_is("abc"))`
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import InvalidParameterError
from shared.parameters import checked_group, checked_id


@dataclass(frozen=True, slots=True)
class Filter:
    """An OData expression; filters are joined with `&` and `|` and turned round with `~`."""

    text: str

    def __and__(self, other: Filter) -> Filter:
        return Filter(f"({self.text}) and ({other.text})")

    def __or__(self, other: Filter) -> Filter:
        return Filter(f"({self.text}) or ({other.text})")

    def __invert__(self) -> Filter:
        return Filter(f"not ({self.text})")


def user_is(user_id: str) -> Filter:
    return Filter(f"userId eq {_quoted(checked_id('user_id', user_id))}")


def is_anonymous() -> Filter:
    return Filter("userId eq null")


def connection_is(connection_id: str) -> Filter:
    return Filter(f"connectionId eq {_quoted(checked_id('connection_id', connection_id))}")


def in_group(group: str) -> Filter:
    return Filter(f"{_quoted(checked_group(group))} in groups")


def filter_text(where: Filter | str) -> str:
    text = where.text if isinstance(where, Filter) else where
    if not isinstance(text, str) or not text.strip():
        # Without a filter a command is for every connection: nothing must not mean everyone by mistake.
        raise InvalidParameterError("where", "must be a Filter or the text of one, and not empty")
    return text


def _quoted(text: str) -> str:
    # OData 4.01 ABNF, SQUOTE-in-string: a quote inside is written twice.
    return "'" + text.replace("'", "''") + "'"
