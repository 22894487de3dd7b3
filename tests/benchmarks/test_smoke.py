"""Each benchmark works: it runs to its end, and its results have the published form; no figure is judged here."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS
from tests.processes import ROOT

KEYS = {
    "name",
    "metric",
    "unit",
    "ours",
    "peers",
    "floor",
    "ratio_to_floor",
    "ratio_to_best_peer",
    "goal",
    "goal_met",
    "conditions",
}

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("cc"), reason="the load generator needs Linux and a C compiler"
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_benchmark_runs_to_its_end_and_writes_its_results(name: str, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    done = run(name, "--smoke", "--json", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(file.read_text(encoding="utf-8"))
    assert rows
    for row in rows:
        assert set(row) == KEYS
        assert row["name"] == name
        assert row["metric"] in done.stdout
        assert isinstance(row["ours"], float)
        missing = row["conditions"]["missing"]
        assert {peer for peer, value in row["peers"].items() if value is None} <= set(missing)


def test_peer_that_is_not_installed_is_reported_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    # An environment in which no package is found but those of the project itself.
    code = (
        "import benchmarks.app_worker as w, sys; w.is_installed = lambda module: False; "
        "from benchmarks.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "negotiate", "--smoke", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    row = json.loads(file.read_text(encoding="utf-8"))[0]
    assert row["peers"]["Web PubSub SDK"] is None
    assert row["conditions"]["missing"]["Web PubSub SDK"] == "azure.messaging.webpubsubservice is not installed"
    assert row["goal_met"] is not True
    assert "Web PubSub SDK missing" in done.stdout


def test_unknown_benchmark_is_refused_with_the_names_there_are() -> None:
    done = run("fan-out")
    assert done.returncode == 2
    assert "there is no benchmark 'fan-out': choose from negotiate, send" in done.stderr
