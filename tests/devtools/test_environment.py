"""Setting up: what is wrong is told in a sentence, and nothing is installed twice."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import environment
from devtools.problem import Problem
from tests.processes import ROOT


def test_without_network_the_error_says_so_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(Problem, match="could not be downloaded: the package index did not answer"):
        environment.prepare(["requirements.txt"], tmp_path / "venv")


def test_a_python_without_venv_names_the_debian_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else found(name))
    with pytest.raises(Problem, match=r"no module 'ensurepip'.*\n.*apt install python3\.\d+-venv"):
        environment.prepare(["requirements.txt"], tmp_path / "venv")


def test_what_is_installed_is_not_installed_again(capsys: pytest.CaptureFixture[str]) -> None:
    environment.prepare(environment.TO_RUN, Path(sys.prefix))
    capsys.readouterr()
    environment.prepare(environment.TO_RUN, Path(sys.prefix))
    assert capsys.readouterr().out == ""


def test_an_old_python_is_told_which_one_is_needed() -> None:
    """The check is run with a version that pretends to be old; the file itself must parse on Python 3.6."""
    code = "import sys; sys.version_info = (3, 8, 18, 'final', 0); import runpy; runpy.run_path('dev.py')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer; this is Python 3.8" in done.stderr
    assert "Traceback" not in done.stderr
