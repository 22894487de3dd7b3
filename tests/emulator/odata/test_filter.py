"""Filters: what they match, and where a bad one is at fault."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.odata.errors import FilterError
from emulator.odata.filter import Filter
from emulator.odata.parser import MOST_CLAUSES, MOST_NESTED


class Client(NamedTuple):
    """What a filter is asked about."""

    connection_id: str
    user_id: str | None
    groups: frozenset[str] = frozenset()


ANN = Client("c1", "ann", frozenset({"news", "sport"}))
BOB = Client("c2", "Bob O'Neil", frozenset({"news"}))
ANONYMOUS = Client("c3", None)
CLIENTS = {"a": ANN, "b": BOB, "n": ANONYMOUS}


def matches(text: str) -> str:
    condition = Filter(text)
    return "".join(name for name, client in CLIENTS.items() if condition.matches(client))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Comparisons
        ("userId eq 'ann'", "a"),
        ("'ann' eq userId", "a"),
        ("userId eq 'Ann'", ""),
        ("userId ne 'ann'", "bn"),
        ("userId eq null", "n"),
        ("userId ne null", "ab"),
        ("null eq userId", "n"),
        ("userId eq 'Bob O''Neil'", "b"),
        ("userId eq ''", ""),
        ("connectionId eq 'c2'", "b"),
        ("connectionId ne 'c2'", "an"),
        ("connectionId gt 'c1'", "bn"),
        ("connectionId ge 'c1' and connectionId lt 'c3'", "ab"),
        ("userId le 'b'", "ab"),
        ("1 lt 2", "abn"),
        ("-1 ge +1", ""),
        ("true", "abn"),
        ("false", ""),
        ("startswith(userId,'a') eq true", "a"),
        ("(userId) eq ((('ann')))", "a"),
        # Names in any case, space where it likes
        ("USERID eq 'ann'", "a"),
        ("  userid\teq\n'ann'  ", "a"),
        ("not('news'in GROUPS)", "n"),
        # Lists and groups
        ("userId in ('ann','x')", "a"),
        ("userId in ('ann', null)", "an"),
        ("userId in ('x')", ""),
        ("userId in (connectionId, 'ann')", "a"),
        ("1 in (1, 2)", "abn"),
        ("'sport' in groups", "a"),
        ("'Sport' in groups", ""),
        ("'news' in (groups)", "ab"),
        ("connectionId in groups", ""),
        ("tolower('NEWS') in groups", "ab"),
        ("null in groups", ""),
        ("length(groups) eq 0", "n"),
        # Logic, from tight to loose: not, comparisons, and, or
        ("userId eq 'ann' or userId eq null and connectionId eq 'c2'", "a"),
        ("(userId eq 'ann' or userId eq null) and connectionId eq 'c3'", "n"),
        ("not (userId eq 'ann')", "bn"),
        ("not not ('news' in groups)", "ab"),
        ("not startswith(connectionId,'c') or true", "abn"),
        ("'news' in groups and not ('sport' in groups)", "b"),
        ("'sport' in groups or connectionId in ('c2') or userId eq null", "abn"),
        # Functions
        ("startswith(userId, 'an')", "a"),
        ("endswith(userId, 'n')", "a"),
        ("contains(userId, '''')", "b"),
        ("indexof(userId, 'b') eq 2", "b"),
        ("indexof(connectionId, 'x') eq -1", "abn"),
        ("length(userId) gt 3", "b"),
        ("tolower(userId) eq 'bob o''neil'", "b"),
        ("toupper(userId) eq 'ANN'", "a"),
        ("trim(concat(' ', concat(userId, ' '))) eq 'ann'", "a"),
        ("substring(userId, 1) eq 'nn'", "a"),
        ("substring(userId, 4, 2) eq 'O'''", "b"),
        ("substring(userId, 99) eq ''", "ab"),
        ("substring(userId, -9, -1) eq ''", "ab"),
        # A null goes through functions and logic, and matches nothing in the end
        ("startswith(userId, null)", ""),
        ("not startswith(userId, 'a')", "b"),
        ("startswith(userId, 'a') or userId eq null", "an"),
        ("startswith(userId, 'a') or connectionId eq 'c9'", "a"),
        ("startswith(userId, 'a') and connectionId ne 'c9'", "a"),
        ("not (startswith(userId, 'a') and connectionId eq 'c9')", "abn"),
        ("tolower(userId) eq null", "n"),
        ("length(userId) lt 9", "a"),
        ("not (length(userId) lt 9)", "bn"),
    ],
)
def test_filter_matches(text: str, expected: str) -> None:
    assert matches(text) == expected


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        ("", 1, "expected a value, found the end"),
        ("   ", 4, "expected a value, found the end"),
        ("userId", 1, "expected a condition, found a string"),
        ("groups", 1, "expected a condition, found a list of groups"),
        ("null", 1, "expected a condition, found null"),
        ("userId eq", 10, "expected a value, found the end"),
        ("userId = 'ann'", 8, "unexpected '='"),
        ("userId eq 'ann", 11, "the string that begins here has no end"),
        ("userId eq 'it's'", 16, "the string that begins here has no end"),
        ('userId eq "ann"', 11, "unexpected '\"'"),
        ("userId eq 'ann' xor true", 17, 'expected "and", "or" or the end, found "xor"'),
        ("userId EQ 'ann'", 8, 'expected eq, ne, gt, ge, lt, le, in or the end, found "EQ"'),
        ("name eq 'ann'", 1, '"name" is none of userId, connectionId, groups, true, false, null, concat'),
        ("Length(userId) gt 1", 1, '"Length" is none of'),
        ("not userId eq 'ann'", 5, '"not" needs a condition, found a string: put it in parentheses'),
        ("not", 4, "expected a value, found the end"),
        ("userId eq 1", 8, '"eq" cannot compare a string with a whole number'),
        ("groups eq 'news'", 8, '"eq" cannot compare a list of groups with a string'),
        ("true gt false", 6, '"gt" cannot compare conditions'),
        ("userId in 'ann'", 11, "expected a list of groups, found a string"),
        ("userId in ('ann', 1)", 8, '"in" cannot compare a string with a whole number'),
        ("userId in ()", 12, 'expected a value, found ")"'),
        ("userId in ('ann'", 17, 'expected "," or ")", found the end'),
        ("1 in groups", 3, 'expected before "in" a string, found a whole number'),
        ("'a' in (groups, groups)", 5, '"in" cannot compare a string with a list of groups'),
        ("(userId eq 'ann'", 17, 'expected ")", found the end'),
        ("userId eq 'ann')", 16, 'expected "and", "or" or the end, found ")"'),
        ("true and userId", 10, "expected a condition, found a string"),
        ("userId and true", 1, "expected a condition, found a string"),
        ("length(1) eq 1", 7, "expected a string or a list of groups, found a whole number"),
        ("length(userId, userId) eq 1", 1, '"length" takes 1 arguments, found 2'),
        ("substring(userId) eq 'a'", 1, '"substring" takes 2 or 3 arguments, found 1'),
        ("length eq 1", 8, 'expected a list in parentheses, found "eq"'),
        ("length(userId) eq 99999999999999999999", 19, "the number needs more than 64 bits"),
        ("length(userId) eq 9223372036854775808", 19, "the number needs more than 64 bits"),
        ("groups/any(g: g eq 'news')", 7, "unexpected '/'"),
        ("(" * 51 + "true" + ")" * 51, 52, f"nested more than {MOST_NESTED} deep"),
        ("not " * 51 + "true", 205, f"nested more than {MOST_NESTED} deep"),
        ("(" * 20_000, 52, f"nested more than {MOST_NESTED} deep"),
        ("true" + " or true" * 100, 801, f"the filter has more than {MOST_CLAUSES} clauses"),
        ("true " + "x" * 5000, 6, 'expected "and", "or" or the end, found "…"'),
    ],
)
def test_a_bad_filter_is_refused_at_its_position(text: str, position: int, problem: str) -> None:
    with pytest.raises(FilterError) as refused:
        Filter(text)
    assert refused.value.position == position
    assert str(refused.value).startswith(f"at character {position}: {problem}")


def test_filters_at_their_limits_are_taken() -> None:
    assert matches("(" * 50 + "true" + ")" * 50) == "abn"
    assert matches("not " * 50 + "true") == "abn"
    assert matches("false" + " or false" * 98 + " or true") == "abn"
    assert matches("length(groups) lt 9223372036854775807") == "abn"


@pytest.mark.parametrize(
    ("text", "lookups"),
    [
        ("userId eq 'ann'", [("userid", "ann")]),
        ("'ann' eq userId", [("userid", "ann")]),
        ("userId in ('ann','bob')", [("userid", "ann"), ("userid", "bob")]),
        ("connectionId eq 'c1'", [("connectionid", "c1")]),
        ("'news' in groups", [("groups", "news")]),
        ("'news' in groups and userId eq 'ann'", [("userid", "ann")]),
        ("startswith(userId,'a') and 'news' in groups", [("groups", "news")]),
        ("'news' in groups or userId eq 'ann'", [("groups", "news"), ("userid", "ann")]),
        ("'news' in groups or true", None),
        ("userId ne 'ann'", None),
        ("userId eq null", None),
        ("userId in ('ann', null)", None),
        ("userId eq connectionId", None),
        ("tolower(userId) eq 'ann'", None),
        ("not (userId eq 'ann')", None),
    ],
)
def test_filter_knows_where_to_look(text: str, lookups: list[tuple[str, str]] | None) -> None:
    found = Filter(text).lookups
    assert (None if found is None else [tuple(lookup) for lookup in found]) == lookups


PIECES = [
    "userId", "connectionId", "groups", "'ann'", "'c1'", "''", "'", "1", "-1", "null", "true", "false", "eq", "ne",
    "gt", "in", "and", "or", "not", "(", ")", ",", "startswith(", "length(", "substring(", "concat(", "x", " ",
    "\x00", "é",
]  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join)))
@example("²³")
@example("'" * 3000)
@example("1" * 5000)
def test_any_text_is_a_filter_or_refused_at_a_position_in_it(text: str) -> None:
    found = matches_or_position(text)
    assert found in range(1, len(text) + 2) if isinstance(found, int) else set(found) <= set("abn")


def matches_or_position(text: str) -> str | int:
    try:
        return matches(text)
    except FilterError as error:
        return error.position


@st.composite
def conditions(draw: st.DrawFn, depth: int = 4) -> str:
    """Conditions that are in order."""
    text = st.sampled_from(
        ["userId", "connectionId", "'ann'", "'c1'", "null", "tolower(userId)", "substring(userId,1)"]
    )
    kind = draw(
        st.sampled_from(["compare", "in", "groups", "call", "not", "and", "or"] if depth else ["compare", "in"])
    )
    if kind == "compare":
        return f"{draw(text)} {draw(st.sampled_from(['eq', 'ne', 'lt', 'ge']))} {draw(text)}"
    if kind == "in":
        return f"{draw(text)} in ({', '.join(draw(st.lists(text, min_size=1, max_size=3)))})"
    if kind == "groups":
        return f"'{draw(st.sampled_from(['news', 'sport']))}' in groups"
    if kind == "call":
        return f"{draw(st.sampled_from(['startswith', 'endswith', 'contains']))}({draw(text)}, {draw(text)})"
    if kind == "not":
        return f"not ({draw(conditions(depth - 1))})"
    return f"({draw(conditions(depth - 1))}) {kind} ({draw(conditions(depth - 1))})"


@given(conditions())
def test_what_a_filter_matches_is_found_where_it_says(text: str) -> None:
    condition = Filter(text)
    for client in CLIENTS.values():
        if condition.matches(client) and condition.lookups is not None:
            assert any(
                lookup in (("userid", client.user_id), ("connectionid", client.connection_id))
                or (lookup.field == "groups" and lookup.value in client.groups)
                for lookup in condition.lookups
            )
