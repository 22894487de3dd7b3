"""The report: results as tables and charts in the documentation."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import report
from benchmarks.charts import bars
from benchmarks.results import OURS, Goal, Row, Samples

ROW = Row(
    "negotiate",
    "time per client token",
    "µs",
    Samples({OURS: [9.0], "floor": [6.0], "a <b>": [20.0]}),
    "floor",
    (Goal(1.2, "floor"),),
    missing={"absent": "not installed"},
).as_json()
MACHINE = {
    "date": "2026-01-02",
    "python": "3.13.0",
    "system": "Linux",
    "processor": "x",
    "cores": 2,
    "load_average_before": 0.1,
    "extent": "quick",
}
NAMESPACE = "{http://www.w3.org/2000/svg}"


def test_chart_has_a_bar_for_each_contestant_as_long_as_its_value() -> None:
    svg = ET.fromstring(bars(ROW))  # noqa: S314 - our own text
    found = {bar.get("class"): float(bar.get("width", 0)) for bar in svg.iter(f"{NAMESPACE}rect")}
    assert found == {"ours": 180.0, "floor": 120.0, "peer": 400.0}
    assert [text.text for text in svg.iter(f"{NAMESPACE}text")][1::2] == ["floor", "this project", "a <b>"]


def test_chart_follows_the_reader_s_scheme() -> None:
    assert "prefers-color-scheme: dark" in bars(ROW)


def test_results_take_the_place_of_older_ones_and_leave_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "DOCS", tmp_path)
    page = tmp_path / "performance.md"
    page.write_text(f"# Before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    file = tmp_path / "results.json"
    file.write_text(json.dumps([{**ROW, "conditions": {**MACHINE, **ROW["conditions"]}}]), encoding="utf-8")
    report.main(file)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Before\n")
    assert text.endswith(f"{report.END}\nafter\n")
    assert "old" not in text
    assert "Measured on 2026-01-02: Python 3.13.0, Linux" in text
    row = "floor 6.00 (1.50 ×), a <b> 20 (0.45 ×), absent missing | ≤ 1.2 × floor | **missed**: ≤ 1.2 × floor |"
    assert f"| time per client token | 9.00 µs | {row}" in text
    assert "![negotiate: time per client token](performance-negotiate.svg)" in text
    assert (tmp_path / "performance-negotiate.svg").exists()
