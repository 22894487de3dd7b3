"""Charts: one metric of the results as horizontal bars, in SVG that follows the reader's light or dark scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from benchmarks.table import number

WIDTH, NAMES, VALUES, BAR, GAP, HEAD = 720, 230, 90, 20, 8, 44
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 14px; }
.ours { fill: #0969da; } .floor { fill: #1a7f37; } .peer { fill: #8c959f; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .ours { fill: #58a6ff; } .floor { fill: #3fb950; } .peer { fill: #6e7681; }
}
"""


def bars(row: Mapping[str, Any]) -> str:
    """The SVG of one row of the JSON file: ours, its floor and its peers, the smallest first."""
    found = sorted(_contestants(row), key=lambda contestant: contestant[1])
    height = HEAD + len(found) * (BAR + GAP)
    title = escape(f"{row['name']}: {row['metric']}, {row['unit']}")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="8" y="24">{title}</text>',
        *_bars(found),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _contestants(row: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    """Name, value and kind."""
    found = [("this project", row["ours"], "ours")]
    if row["floor"] and row["floor"]["value"] is not None:
        found.append((row["floor"]["name"], row["floor"]["value"], "floor"))
    return found + [(name, value, "peer") for name, value in row["peers"].items() if value is not None]


def _bars(found: Sequence[tuple[str, float, str]]) -> list[str]:
    largest = max(value for _, value, _ in found) or 1
    lines = []
    for i, (name, value, kind) in enumerate(found):
        top = HEAD + i * (BAR + GAP)
        width = max(1, (WIDTH - NAMES - VALUES) * value / largest)
        middle = top + BAR * 0.72
        lines += [
            f'<text x="{NAMES - 10}" y="{middle:.0f}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="{kind}" x="{NAMES}" y="{top}" width="{width:.1f}" height="{BAR}" rx="3"/>',
            f'<text x="{NAMES + width + 8:.1f}" y="{middle:.0f}">{number(value)}</text>',
        ]
    return lines
