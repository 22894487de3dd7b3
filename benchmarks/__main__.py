"""The command line: `python -m benchmarks`, which `python3 dev.py bench` runs in an environment of its own."""

from __future__ import annotations

import argparse
import importlib
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import machine
from benchmarks.load import LoadError
from benchmarks.plan import Extent, Plan
from benchmarks.programs import MissingError
from benchmarks.results import Row
from benchmarks.table import table
from shared.errors import SignalRServiceError

BENCHMARKS = ("negotiate", "send", "fanout", "many", "idle", "end-to-end", "cold-start", "scale")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {unknown[0]!r}: choose from {', '.join(BENCHMARKS)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    extent = Extent.SMOKE if options.smoke else Extent.QUICK if options.quick else Extent.WHOLE
    before = machine.conditions() | {"extent": extent.value}
    run = Run(Plan(extent))
    try:
        for name in options.names or BENCHMARKS:
            run.measure(name)
    except KeyboardInterrupt:
        run.failed.append("the rest: interrupted")
    print(table(run.rows))
    for what in (*run.skipped, *run.failed):
        print(f"Not measured: {what}")
    print("Conditions: " + ", ".join(f"{name} {value}" for name, value in before.items()))
    if options.json:
        found = [row.as_json() for row in run.rows]
        for row in found:
            row["conditions"] = before | row["conditions"]
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if run.failed else 0


@dataclass
class Run:
    """The rows of a run, what this machine has not all it takes for, and what went wrong."""

    plan: Plan
    rows: list[Row] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def measure(self, name: str) -> None:
        self.plan.progress(f"── {name}")
        module = importlib.import_module(f"benchmarks.{name.replace('-', '_')}")
        try:
            for row in module.run(self.plan):
                self.rows.append(row)
        except MissingError as error:
            self.skipped.append(f"{name}: this machine lacks {error}")
        except (LoadError, RuntimeError, SignalRServiceError) as error:
            self.failed.append(f"{name}: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__.partition(":")[0] if __doc__ else "")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="under 5 minutes instead of under 30")
    parser.add_argument(
        "--smoke", action="store_true", help="seconds: whether each benchmark works; figures mean nothing"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to this file as well")
    return parser


if __name__ == "__main__":
    sys.exit(main())
