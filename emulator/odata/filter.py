"""A filter, ready to be asked about connections."""

from __future__ import annotations

from emulator.odata.expressions import Expression, Lookup, Subject
from emulator.odata.parser import parse


class Filter:
    """A condition on connections; raises FilterError where `text` states none."""

    def __init__(self, text: str) -> None:
        self._expression: Expression = parse(text)

    @property
    def lookups(self) -> tuple[Lookup, ...] | None:
        """Where every match is found; None where only looking at all connections will do."""
        return self._expression.lookups

    def matches(self, subject: Subject) -> bool:
        return self._expression.value(subject) is True
