"""Environments: makes the virtual environments and node_modules, and renews them when their files changed."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from devtools.problem import Problem

ROOT = Path(__file__).resolve().parent.parent
TO_RUN = ("requirements.txt", "emulator/requirements.txt")
TO_TEST = (*TO_RUN, "tests/requirements.txt")
VENV = ROOT / ".venv"
VENV_3_13 = ROOT / ".venv-3.13"


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def prepare(requirements: Sequence[str], folder: Path = VENV, python: str = sys.executable) -> str:
    """Make the virtual environment or bring it up to date; returns its Python.

    Raises Problem where it cannot: no venv module, no network, a package that does not install.
    """
    interpreter = _interpreter(folder)
    if not _works(interpreter):
        _make(folder, python)
    wanted = _fingerprint([ROOT / name for name in requirements], interpreter)
    stamp = folder / "installed.txt"
    done = stamp.read_text().split() if stamp.exists() else []
    if wanted not in done:
        _install(interpreter, requirements)
        # What `test` installed holds all that `run` wants, so both stay noted until a file changes.
        kept = _fingerprint([ROOT / name for name in TO_RUN], interpreter)
        stamp.write_text(f"{wanted}\n{kept}\n")
    return str(interpreter)


def _interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _works(interpreter: Path) -> bool:
    """Whether the environment is whole: a Python that was removed or upgraded leaves one that does not run."""
    command = [str(interpreter), "-c", "import pip"]
    return interpreter.exists() and subprocess.run(command, capture_output=True).returncode == 0


def _make(folder: Path, python: str) -> None:
    if python == sys.executable:
        _require_venv_module()
    print(f"Making {folder.name} …", flush=True)
    done = subprocess.run([python, "-m", "venv", "--clear", str(folder)], capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"the virtual environment {folder.name} could not be made:\n{done.stdout}{done.stderr}".rstrip())


def _require_venv_module() -> None:
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        package = f"python3.{sys.version_info[1]}-venv"
        raise Problem(
            f"this Python ({sys.executable}) has no module '{missing[0]}', which makes virtual environments.\n"
            f"Debian and Ubuntu keep it in a package of its own: sudo apt install {package}"
        )


def _install(interpreter: Path, requirements: Sequence[str]) -> None:
    print(
        f"Installing what {', '.join(requirements)} ask for (a minute at the most; only when they change) …", flush=True
    )
    command = [str(interpreter), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--retries", "2"]
    for name in requirements:
        command += ["-r", str(ROOT / name)]
    tail = _run_showing_progress(command)
    if tail is not None:
        raise Problem(_why_pip_failed(tail))


def _run_showing_progress(command: Sequence[str]) -> list[str] | None:
    """Run pip with a line for each package; its last lines where it failed, else None."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines: list[str] = []
    with process.stdout:
        for line in process.stdout:
            lines = [*lines[-30:], line.rstrip()]
            if line.startswith(("Collecting", "Installing collected")):
                print(f"  {line.strip()[:100]}", flush=True)
    return lines if process.wait() else None


_NETWORK_SIGNS = (
    "NewConnectionError",
    "ConnectTimeout",
    "Name or service not known",
    "Network is unreachable",
    "ProxyError",
)


def _why_pip_failed(tail: Sequence[str]) -> str:
    text = "\n".join(line for line in tail if line.startswith(("ERROR", "error"))) or "\n".join(tail[-5:])
    if any(sign in line for line in tail for sign in _NETWORK_SIGNS):
        return (
            "the packages could not be downloaded: the package index did not answer.\n"
            "Check the network (behind a proxy: set HTTPS_PROXY; with an index of your own: PIP_INDEX_URL), then run "
            f"this again.\n{text}"
        )
    return f"pip could not install the requirements:\n{text}"


def _fingerprint(files: Sequence[Path], interpreter: Path) -> str:
    digest = hashlib.sha256(str(interpreter).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def prepare_node() -> str | None:
    """Install the official JavaScript client with npm; where that cannot be, the reason, else None."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm was not found: install Node.js 18 or newer"
    stamp = ROOT / "node_modules" / "installed.txt"
    wanted = _fingerprint([ROOT / "package.json", ROOT / "package-lock.json"], Path("node"))
    if stamp.exists() and stamp.read_text() == wanted:
        return None
    print("Installing the official SignalR client with npm …", flush=True)
    done = subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        return f"npm ci failed: {(done.stderr or done.stdout).strip()[-500:]}"
    stamp.write_text(wanted)
    return None


def find_python_3_13() -> str | None:
    """A Python 3.13 that runs: this one, the one that PYTHON_3_13 names, one on the PATH, or one of pyenv's."""
    for candidate in _candidates_3_13():
        command = [candidate, "-c", "import sys; print(sys.version_info[:2] == (3, 13))"]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except OSError:
            continue
        if done.returncode == 0 and done.stdout.strip() == "True":
            return candidate
    return None


def _candidates_3_13() -> Iterator[str]:
    if named := os.environ.get("PYTHON_3_13"):
        yield named
    yield sys.executable
    if found := shutil.which("python3.13"):
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(str(path) for path in pyenv.glob("versions/3.13*/bin/python3.13"))
