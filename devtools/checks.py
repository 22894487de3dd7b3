"""Checks and tests: what CI runs, in the order in which a mistake shows soonest."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence

from devtools.environment import ROOT, TO_TEST, VENV_3_13, find_python_3_13, in_ci, prepare, prepare_node
from devtools.problem import Problem

COVERAGE_PERCENT = 95
# On the second Python only what can differ between versions runs again: not the browser, the tools, the benchmarks.
SECOND_RUN = ("tests", *(f"--ignore=tests/{room}" for room in ("end_to_end", "devtools", "benchmarks", "security")))


def check() -> int:
    """Format, lint and types."""
    return _all_of(_static_checks(prepare(TO_TEST)))


def test(pytest_arguments: Sequence[str]) -> int:
    """Everything, or only pytest with the arguments given."""
    python = prepare(TO_TEST)
    _require("node_modules", prepare_node())
    python_3_13 = find_python_3_13()
    _require("Python 3.13", None if python_3_13 else "it was not found: install it, or name it in PYTHON_3_13")
    env = {**os.environ, **({"PYTHON_3_13": python_3_13} if python_3_13 else {})}
    if pytest_arguments:
        return subprocess.run([python, "-m", "pytest", *pytest_arguments], cwd=ROOT, env=env).returncode
    for old in ROOT.glob(".coverage*"):
        old.unlink()
    steps = [*_static_checks(python), ("tests", _pytest(python))]
    if python_3_13 and not _is_3_13(python):
        second = prepare(TO_TEST, VENV_3_13, python_3_13)
        steps.append(("tests on Python 3.13", _pytest(second, *SECOND_RUN)))
    steps += _coverage(python, whole=python_3_13 is not None)
    return _all_of(steps, env)


Step = tuple[str, Sequence[str]]


def _static_checks(python: str) -> list[Step]:
    return [
        ("format", [python, "-m", "ruff", "format", "--check", "."]),
        ("lint", [python, "-m", "ruff", "check", "."]),
        ("types", [python, "-m", "mypy"]),
    ]


def _pytest(python: str, *arguments: str) -> Sequence[str]:
    # Two processes, for tests mostly wait, on servers and clocks; a file's tests stay together and share its servers.
    return [
        python,
        "-m",
        "coverage",
        "run",
        "-m",
        "pytest",
        "-n",
        "2",
        "--dist",
        "loadfile",
        "--durations=5",
        *arguments,
    ]


def _coverage(python: str, *, whole: bool) -> list[Step]:
    """The report over both Pythons; without 3.13 the parts for Azure's worker never ran, so nothing is demanded."""
    floor = [f"--fail-under={COVERAGE_PERCENT}"] if whole else []
    return [
        ("coverage, combined", [python, "-m", "coverage", "combine", "--quiet"]),
        ("coverage", [python, "-m", "coverage", "report", *floor]),
    ]


def _is_3_13(python: str) -> bool:
    command = [python, "-c", "import sys; print(sys.version_info[:2] == (3, 13))"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip() == "True"


def _all_of(steps: Sequence[Step], env: Mapping[str, str] | None = None) -> int:
    """Run every step even where one failed, so that one run shows all there is to mend."""
    failed = []
    for name, command in steps:
        print(f"\n── {name} " + "─" * max(0, 72 - len(name)), flush=True)
        started = time.monotonic()
        if subprocess.run(command, cwd=ROOT, env=env).returncode:
            failed.append(name)
        print(f"   {name}: {'failed' if name in failed else 'ok'} ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"\nFailed: {', '.join(failed)}" if failed else "\nAll is well.", flush=True)
    return 1 if failed else 0


def _require(what: str, reason: str | None) -> None:
    """In CI what is missing fails the run; elsewhere the tests that need it are skipped and say so."""
    if reason is None:
        return
    if in_ci():
        raise Problem(f"{what}: {reason}")
    print(f"Tests that need {what} are skipped: {reason}", flush=True)
