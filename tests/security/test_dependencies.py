"""What the app is made of: pinned, installed as pinned, and without patterns that a linter knows to be dangerous."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement

from tests.processes import ROOT

FILES = ("requirements.txt", "emulator/requirements.txt", "tests/requirements.txt")


def requirements(file: str) -> list[Requirement]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("file", FILES)
def test_every_requirement_is_pinned_to_one_version(file: str) -> None:
    loose = [str(each) for each in requirements(file) if not re.fullmatch(r"==[0-9][\w.]*", str(each.specifier))]
    assert loose == []
    assert [str(each) for each in requirements(file) if each.url] == []


@pytest.mark.parametrize("file", FILES)
def test_what_is_installed_is_what_is_pinned(file: str) -> None:
    other = {
        str(each): importlib.metadata.version(each.name)
        for each in requirements(file)
        if (each.marker is None or each.marker.evaluate())
        and not each.specifier.contains(importlib.metadata.version(each.name))
    }
    assert other == {}


def test_installed_packages_fit_one_another() -> None:
    checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_bandit_finds_nothing_in_what_is_deployed() -> None:
    command = [sys.executable, "-m", "bandit", "--quiet", "--recursive", "--severity-level", "low"]
    rooms = ["function_app.py", "negotiate", "broadcast", "http_api", "shared"]
    # B101: assert tells the type checker what the state already guarantees. B311: ruff's S311 asks at each place for a
    # reason why a random number needs no secrecy.
    done = subprocess.run([*command, "--skip", "B101,B311", *rooms], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
