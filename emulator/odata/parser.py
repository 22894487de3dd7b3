"""Reading a filter: from its text to an expression, by recursive descent; every problem is told with its position.

From loosest to tightest bind `or`, `and`, the comparisons with `in`, and `not`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emulator.odata import functions
from emulator.odata.errors import FilterError
from emulator.odata.expressions import (
    COMPARISONS,
    CONSTANTS,
    EQUALITIES,
    FIELDS,
    Expression,
    Kind,
    all_of,
    any_of,
    compare,
    constant,
    in_groups,
    negate,
    one_of,
)
from emulator.odata.functions import FUNCTIONS
from emulator.odata.lexer import Token, TokenKind, tokenize

# Deeper nesting serves nobody and could exhaust the stack.
MOST_NESTED = 50
# The sister service warns of filters above this.
MOST_CLAUSES = 100


def parse(text: str) -> Expression:
    """The condition that `text` states; raises FilterError."""
    return _Parser(tokenize(text)).filter()


class _Parser:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._index = 0
        self._depth = 0
        self._clauses = 1

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._next
        if token.kind is not TokenKind.END:
            self._index += 1
        return token

    def _take_if(self, *texts: str) -> Token | None:
        is_word = self._next.kind in (TokenKind.NAME, TokenKind.SYMBOL)
        return self._take() if is_word and self._next.text in texts else None

    def _expect(self, symbol: str, what: str) -> None:
        if self._take_if(symbol) is None:
            raise FilterError(self._next.position, f"expected {what}, found {self._next}")

    def filter(self) -> Expression:
        found = self._or()
        if self._next.kind is not TokenKind.END:
            expected = '"and", "or"' if found.kind is Kind.BOOLEAN else ", ".join((*COMPARISONS, "in"))
            raise FilterError(self._next.position, f"expected {expected} or the end, found {self._next}")
        _check(found, (Kind.BOOLEAN,), self._tokens[0])
        return found

    def _or(self) -> Expression:
        return self._chain("or", self._and, any_of)

    def _and(self) -> Expression:
        return self._chain("and", self._comparison, all_of)

    def _chain(
        self, word: str, operand: Callable[[], Expression], join: Callable[[Sequence[Expression]], Expression]
    ) -> Expression:
        start = self._next
        operands = [operand()]
        while self._take_if(word):
            self._count_clause()
            operands.append(self._require(Kind.BOOLEAN, operand))
        if len(operands) == 1:
            return operands[0]
        _check(operands[0], (Kind.BOOLEAN,), start)
        return join(operands)

    def _count_clause(self) -> None:
        self._clauses += 1
        if self._clauses > MOST_CLAUSES:
            raise FilterError(self._next.position, f"the filter has more than {MOST_CLAUSES} clauses")

    def _comparison(self) -> Expression:
        left = self._not()
        if name := self._take_if(*COMPARISONS):
            right = self._not()
            _check_comparable(name, left, right)
            return compare(name.text, left, right)
        if name := self._take_if("in"):
            return self._in(left, name)
        return left

    def _in(self, item: Expression, name: Token) -> Expression:
        choices = self._list() if self._next.text == "(" else [self._require(Kind.GROUPS, self._primary)]
        if len(choices) == 1 and choices[0].kind is Kind.GROUPS:
            _check(item, (Kind.STRING, Kind.NULL), name, before=True)
            return in_groups(item, choices[0])
        for choice in choices:
            _check_comparable(name, item, choice)
        return one_of(item, choices)

    def _list(self) -> list[Expression]:
        self._expect("(", "a list in parentheses")
        items = [self._nested(self._or)]
        while self._take_if(","):
            items.append(self._nested(self._or))
        self._expect(")", '"," or ")"')
        return items

    def _not(self) -> Expression:
        if self._take_if("not") is None:
            return self._primary()
        start = self._next
        operand = self._nested(self._not)
        if operand.kind is not Kind.BOOLEAN:
            raise FilterError(start.position, f'"not" needs a condition, found {operand.kind}: put it in parentheses')
        return negate(operand)

    def _primary(self) -> Expression:
        token = self._take()
        match token.kind:
            case TokenKind.STRING:
                return constant(Kind.STRING, token.string)
            case TokenKind.INTEGER:
                return constant(Kind.INTEGER, token.integer)
            case TokenKind.NAME:
                return self._named(token)
            case TokenKind.SYMBOL if token.text == "(":
                found = self._nested(self._or)
                self._expect(")", '")"')
                return found
        raise FilterError(token.position, f"expected a value, found {token}")

    def _named(self, token: Token) -> Expression:
        if function := FUNCTIONS.get(token.text):
            return self._call(token, function)
        if found := CONSTANTS.get(token.text) or FIELDS.get(token.text.lower()):
            return found
        known = ", ".join(("userId", "connectionId", "groups", *CONSTANTS, *FUNCTIONS))
        raise FilterError(token.position, f"{token} is none of {known} (operators and functions are in lower case)")

    def _call(self, name: Token, function: functions.Function) -> Expression:
        starts = self._next
        arguments = self._list()
        if len(arguments) not in function.counts:
            expected = " or ".join(map(str, function.counts))
            raise FilterError(name.position, f"{name} takes {expected} arguments, found {len(arguments)}")
        for argument, kinds in zip(arguments, function.takes, strict=False):
            _check(argument, kinds, starts)
        return functions.call(function, arguments)

    def _nested(self, part: Callable[[], Expression]) -> Expression:
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise FilterError(self._next.position, f"nested more than {MOST_NESTED} deep")
        found = part()
        self._depth -= 1
        return found

    def _require(self, kind: Kind, part: Callable[[], Expression]) -> Expression:
        start = self._next
        found = part()
        _check(found, (kind,), start)
        return found


def _check(found: Expression, kinds: Sequence[Kind], token: Token, *, before: bool = False) -> None:
    if found.kind not in kinds:
        where = f"before {token} " if before else ""
        expected = " or ".join(kind for kind in kinds if kind is not Kind.NULL)
        raise FilterError(token.position, f"expected {where}{expected}, found {found.kind}")


def _check_comparable(name: Token, left: Expression, right: Expression) -> None:
    kinds = {left.kind, right.kind} - {Kind.NULL}
    if len(kinds) > 1 or Kind.GROUPS in kinds:
        raise FilterError(name.position, f"{name} cannot compare {left.kind} with {right.kind}")
    if Kind.BOOLEAN in kinds and name.text in COMPARISONS and name.text not in EQUALITIES:
        raise FilterError(name.position, f"{name} cannot compare conditions")
