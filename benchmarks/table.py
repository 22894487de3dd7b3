"""The table: every row with its contestants, ratios and verdict, as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.results import Row

_VERDICTS = {True: "met", False: "MISSED", None: "not judged"}


def number(value: float) -> str:
    """Three significant digits, thousands with commas."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 10 else f"{value:.2f}"


def table(rows: Sequence[Row]) -> str:
    lines: list[str] = []
    name = ""
    for row in rows:
        if row.name != name:
            name = row.name
            lines += ["", f"── {name} " + "─" * max(0, 100 - len(name))]
        lines += _lines(row)
    missed = [row for row in rows if row.goal_met is False]
    goals = [row for row in rows if row.goals]
    lines += ["", f"Goals: {len(goals) - len(missed)} of {len(goals)} met."]
    lines += [f"  missed: {row.name}: {row.metric}" for row in missed]
    return "\n".join(lines)


def _lines(row: Row) -> list[str]:
    others = [_beside(row, other) for other in ([row.floor] if row.floor else []) + [*row.references, *row.peers]]
    others += [f"{other} missing" for other in row.missing if other not in (row.floor, *row.references)]
    if load := row.conditions.get("load_cpu_share"):
        others.append(f"load on its own core: {max(load.values()):.0%} at the most")
    head = f"{row.metric}: {number(row.ours)} {row.unit}{_verdict(row)}"
    return [head, *([f"    {' · '.join(others)}"] if others else [])]


def _verdict(row: Row) -> str:
    """Whether the goals are met; of several, which are missed."""
    if not row.goals:
        return ""
    missed = row.missed_goals
    met = [goal for goal in row.goals if goal not in missed] if missed else []
    said = f"   {_VERDICTS[row.goal_met]}: {' and '.join(map(str, missed or row.goals))}"
    return said + (f"; met: {' and '.join(map(str, met))}" if met else "")


def _beside(row: Row, other: str) -> str:
    ratio = row.ratio_to(other)
    if other not in row.samples.values:
        return f"{other} missing"
    return f"{other} {number(row.samples.median(other))}" + (f" (ours {ratio:.2f} ×)" if ratio is not None else "")
