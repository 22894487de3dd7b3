"""Schemathesis against the running app: what the OpenAPI document promises holds, and nothing makes it fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT, ServerProcess
from tests.security.app import FUNCTION_KEY, failures

# The same cases in every run: a test that fails only sometimes helps nobody.
SEED = "20261123"


def test_running_app_violates_nothing_that_its_document_says(app: ServerProcess, tmp_path: Path) -> None:
    config = ROOT / "tests" / "security" / "schemathesis.toml"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
        *("run", f"{app.address}/api/openapi.json", "--url", f"{app.address}/api", "--no-color", "--seed", SEED),
        *("--header", f"x-functions-key: {FUNCTION_KEY}", "--max-examples", "5"),
        # One worker: Python 3.11 cannot parse its own syntax trees in two threads at once.
        *("--workers", "1"),
        *("--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--request-timeout", "40"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:]
    assert "Tested: 27" in done.stdout, done.stdout[-2000:]
    assert failures(app) == []
