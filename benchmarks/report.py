"""The report: `python -m benchmarks.report FILE` puts a JSON file of results into the documentation."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import capacity
from benchmarks.charts import bars
from benchmarks.table import number

DOCS = Path(__file__).resolve().parent.parent / "docs"
BEGIN, END = "<!-- results: made by benchmarks/report.py -->", "<!-- end of results -->"
# File name of each chart, and what the metric that it shows begins with.
CHARTS = {
    "fanout-one": ("fanout", "CPU per delivery", "256 B, json, one at a time"),
    "fanout-burst": ("fanout", "CPU per delivery", "256 B, json, 8 queued"),
    "negotiate": ("negotiate", "time per client token", ""),
    "send": ("send", "CPU per send, 256 B, 1 thread", ""),
    "idle": ("idle", "memory per connection", ""),
    "cold-start": ("cold-start", "fresh process to loaded functions", ""),
}
MET = {True: "met", False: "**missed**", None: ""}

Results = Sequence[Mapping[str, Any]]


def main(file: Path) -> None:
    rows: Results = json.loads(file.read_text(encoding="utf-8"))
    _put_into(DOCS / "performance.md", _results(rows))
    if instance := capacity.Instance.of_results(rows):
        _put_into(DOCS / "capacity.md", capacity.text(instance))


def _put_into(page: Path, results: str) -> None:
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{results}\n{END}{after}", encoding="utf-8")


def _results(rows: Results) -> str:
    return "\n\n".join([_conditions(rows[0]["conditions"]), *_charts(rows), *_tables(rows)])


def _conditions(of: Mapping[str, Any]) -> str:
    return (
        f"Measured on {of['date']}: Python {of['python']}, {of['system']}, {of['processor']}, {of['cores']} cores, "
        f"load before {of['load_average_before']}, extent {of['extent']}."
    )


def _charts(rows: Results) -> list[str]:
    """Write each chart of which there is a row; the last that fits has the most clients."""
    images = []
    for name, (benchmark, start, end) in CHARTS.items():
        fits = [row for row in rows if row["name"] == benchmark and row["metric"].startswith(start)]
        fits = [row for row in fits if row["metric"].endswith(end)]
        if fits:
            (DOCS / f"performance-{name}.svg").write_text(bars(fits[-1]), encoding="utf-8")
            images.append(f"![{benchmark}: {fits[-1]['metric']}](performance-{name}.svg)")
    return images


def _tables(rows: Results) -> list[str]:
    names = dict.fromkeys(row["name"] for row in rows)
    return [_table(name, [row for row in rows if row["name"] == name]) for name in names]


def _table(name: str, rows: Results) -> str:
    lines = [f"### {name}", "", "| metric | ours | beside (ours as a multiple) | goal | |", "|---|--:|---|---|---|"]
    for row in rows:
        verdict = MET[row["goal_met"]]
        if missed := row["conditions"]["missed_goals"]:
            verdict += f": {' and '.join(missed)}"
        lines.append(
            f"| {row['metric']} | {_value(row['ours'], row)} | {_others(row)} | {row['goal'] or ''} | {verdict} |"
        )
    return "\n".join(lines)


def _value(value: float, row: Mapping[str, Any]) -> str:
    return f"{number(value)} {row['unit']}"


def _others(row: Mapping[str, Any]) -> str:
    values = ({row["floor"]["name"]: row["floor"]["value"]} if row["floor"] else {}) | row["conditions"]["references"]
    values |= row["peers"]
    ratios = row["conditions"]["ratios"]
    found = []
    for name, value in values.items():
        ratio = ratios.get(name)
        found.append(
            f"{name} missing" if value is None else f"{name} {number(value)}" + (f" ({ratio:.2f} ×)" if ratio else "")
        )
    return ", ".join(found)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m benchmarks.report FILE (as `dev.py bench --json FILE` writes it)")
    main(Path(sys.argv[1]))
