"""The query of a REST call: its parameters read and checked, each error naming the parameter."""

from __future__ import annotations

from collections.abc import Iterable

from emulator import names
from emulator.errors import InvalidRequestError

INT32_MAX = 2**31 - 1
_BOOLEANS = {"true": True, "false": False}


class Query:
    """Parameters by name, in any case of the name, as the service's web framework has it."""

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in items:
            self._values.setdefault(name.lower(), []).append(names.utf8(value, name))

    def every(self, name: str) -> list[str]:
        """All values of a parameter that may be repeated; a comma is part of a value."""
        return self._values.get(name.lower(), [])

    def one(self, name: str) -> str | None:
        """The value of a parameter that may stand once at most."""
        values = self.every(name)
        if len(values) > 1:
            raise InvalidRequestError(name, "must stand in the query once only.")
        return values[0] if values else None

    def integer(self, name: str, least: int, most: int = INT32_MAX) -> int | None:
        """A whole number between bounds, both included."""
        text = self.one(name)
        if text is None:
            return None
        if text.isascii() and text.isdecimal() and len(text) <= 10 and least <= int(text) <= most:
            return int(text)
        raise InvalidRequestError(name, f"'{text[:50]}' is not a whole number from {least} to {most}.")

    def boolean(self, name: str) -> bool:
        """`true` or `false` in any case; false where it is absent."""
        text = self.one(name)
        if text is None:
            return False
        value = _BOOLEANS.get(text.lower())
        if value is None:
            raise InvalidRequestError(name, f"'{text[:50]}' is neither true nor false.")
        return value
