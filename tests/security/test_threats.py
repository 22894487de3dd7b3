"""The threat table: every row of docs/security.md names tests, and they are there."""

from __future__ import annotations

import ast
import re

import pytest

from tests.processes import ROOT

LINES = (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines()
ROWS = [line for line in LINES if line.startswith("| ") and "::" in line]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_row_of_the_table_names_a_test() -> None:
    table = [line for line in LINES if line.startswith("| ") and not line.startswith("| threat")]
    assert len(ROWS) == len(table) > 15


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:40])
def test_tests_of_the_row_are_there(row: str) -> None:
    named = TEST.findall(row.split("|")[-2])
    assert named
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{file}::{name}"
