"""The words of a filter: names, strings, whole numbers, parentheses and commas, each with its position."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from emulator.odata.errors import FilterError

_TOKEN = re.compile(
    r"""
      (?P<name> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<string> '(?:[^']|'')*+' )        # a quote in a string is doubled
    | (?P<integer> [+-]?[0-9]+ )
    | (?P<symbol> [(),] )
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")
_LARGEST = 2**63 - 1


class TokenKind(StrEnum):
    """Spelled as a problem is told."""

    NAME = "name"
    STRING = "string"
    INTEGER = "integer"
    SYMBOL = "symbol"
    END = "end"


class Token(NamedTuple):
    """`text` is as in the filter; `position` counts characters from 1."""

    kind: TokenKind
    text: str
    position: int

    def __str__(self) -> str:
        return "the end" if self.kind is TokenKind.END else f'"{self.text if len(self.text) < 60 else "…"}"'

    @property
    def string(self) -> str:
        """The value of a string."""
        return self.text[1:-1].replace("''", "'")

    @property
    def integer(self) -> int:
        """The value of a whole number; raises FilterError where it needs more than 64 bits."""
        if len(self.text) > 20 or abs(int(self.text)) > _LARGEST:
            raise FilterError(self.position, "the number needs more than 64 bits")
        return int(self.text)


def tokenize(text: str) -> list[Token]:
    """All tokens, an END last; raises FilterError at the first character that begins none."""
    tokens = []
    offset = _skip_space(text, 0)
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None or match.lastgroup is None:
            raise FilterError(offset + 1, _problem(text[offset]))
        tokens.append(Token(TokenKind(match.lastgroup), match.group(), offset + 1))
        offset = _skip_space(text, match.end())
    return [*tokens, Token(TokenKind.END, "", len(text) + 1)]


def _skip_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return offset if match is None else match.end()


def _problem(character: str) -> str:
    if character == "'":
        return "the string that begins here has no end: a quote in a string is written twice"
    return f"unexpected {character!r}"
