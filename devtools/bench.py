"""`dev.py bench`: makes an environment for the benchmarks and their peers alone, and runs them in it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from devtools.environment import ROOT, TO_RUN, find_python_3_13, prepare

VENV_BENCH = ROOT / ".venv-bench"
PEERS = ROOT / "benchmarks" / "requirements.txt"
NODE_PEERS = ROOT / "benchmarks" / "peers"


def bench(arguments: Sequence[str]) -> int:
    """Run `python -m benchmarks` with these arguments; returns its exit code.

    Python 3.13 where there is one: Azure's worker library, in which functions are measured, needs it.
    """
    python = prepare(TO_RUN, VENV_BENCH, find_python_3_13() or sys.executable)
    _prepare_peers(python)
    return subprocess.run([python, "-m", "benchmarks", *arguments], cwd=ROOT).returncode


def _prepare_peers(python: str) -> None:
    """Install what the benchmarks compare with; they report by themselves whom they do not find."""
    files = (PEERS, NODE_PEERS / "package-lock.json")
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    stamp = VENV_BENCH / "peers.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing what the benchmarks compare with (a minute at the most; only when it changes) …", flush=True)
    if all([_install_packages(python), _install_node_peers()]):
        stamp.write_text(wanted)


def _install_packages(python: str) -> bool:
    """All at once, or where that fails one by one, so that one package does not keep the others away."""
    if not _failure([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(PEERS)]):
        return True
    for line in PEERS.read_text(encoding="utf-8").splitlines():
        package = line.partition("#")[0].strip()
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
        if package and (reason := _failure(command)):
            print(f"  {package} could not be installed: {reason}", flush=True)
    return False


def _install_node_peers() -> bool:
    npm = shutil.which("npm")
    if npm is None:
        print("  ws could not be installed: npm was not found", flush=True)
        return False
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(NODE_PEERS / name, VENV_BENCH / name)
    reason = _failure([npm, "ci", "--no-audit", "--no-fund"], VENV_BENCH)
    if reason:
        print(f"  ws could not be installed: {reason}", flush=True)
    return not reason


def _failure(command: Sequence[str], cwd: Path = ROOT) -> str:
    """The last line of what a command says where it fails, else nothing."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if not done.returncode:
        return ""
    return ((done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"])[-1]
