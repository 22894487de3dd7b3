"""Route constraints: the values that ASP.NET's constraints take and refuse."""

from __future__ import annotations

import pytest

from functions_host.errors import RouteTemplateError
from functions_host.route_constraints import parse_constraint


@pytest.mark.parametrize(
    ("name", "arguments", "taken", "refused"),
    [
        (
            "int",
            None,
            ["0", "-7", "+7", " 7 ", "2147483647", "-2147483648"],
            ["2147483648", "7.0", "x", "٣", "7" * 5000],
        ),
        ("INT", None, ["7"], ["x"]),
        ("long", None, ["9223372036854775807"], ["9223372036854775808"]),
        ("bool", None, ["true", "False", "TRUE"], ["1", "yes"]),
        ("decimal", None, ["1", "-1.5", ".5", "1,000.5"], ["1e3", "x", "."]),
        ("double", None, ["1", "1.5e-3", "1E3"], ["e3", "x"]),
        ("float", None, ["2."], ["1_0"]),
        (
            "guid",
            None,
            [
                "CD2C1638-1638-72D5-1638-DEADBEEF1638",
                "{cd2c1638-1638-72d5-1638-deadbeef1638}",
                "(cd2c1638-1638-72d5-1638-deadbeef1638)",
                "cd2c1638163872d51638deadbeef1638",
            ],
            ["cd2c1638", "{cd2c1638-1638-72d5-1638-deadbeef1638", "cd2c1638-1638-72d5-1638-deadbeef1638)"],
        ),
        ("alpha", None, ["abc", "ABC"], ["a1", "ä", "a b"]),
        ("required", None, ["x"], [""]),
        ("length", "3", ["abc"], ["ab", "abcd"]),
        ("length", "2, 3", ["ab", "abc"], ["a", "abcd"]),
        ("minlength", "2", ["ab", "abc"], ["a"]),
        ("maxlength", "2", ["a", "ab"], ["abc"]),
        ("min", "-5", ["-5", "6"], ["-6", "x"]),
        ("max", "5", ["5", "-6"], ["6"]),
        ("range", "1,5", ["1", "5"], ["0", "6", ""]),
        ("regex", "^[a-c]{2}$", ["ab", "AB"], ["abc", "xy"]),
        ("regex", "b", ["abc"], ["xyz"]),
    ],
)
def test_constraint_takes_and_refuses(name: str, arguments: str | None, taken: list[str], refused: list[str]) -> None:
    constraint = parse_constraint(name, arguments)
    assert [value for value in taken if not constraint(value)] == []
    assert [value for value in refused if constraint(value)] == []


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("datetime", None, "'datetime' is not known here; known are alpha, bool"),
        ("length", None, "'length' is not known"),
        ("length", "x", r"'length\(x\)' is not known"),
        ("int", "5", r"'int\(5\)' is not known"),
        ("regex", "(", r"'\(' is not valid"),
    ],
)
def test_unknown_constraint_is_named(name: str, arguments: str | None, reason: str) -> None:
    with pytest.raises(RouteTemplateError, match=reason):
        parse_constraint(name, arguments)
