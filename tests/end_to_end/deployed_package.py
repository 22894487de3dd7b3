"""The package that `func azure functionapp publish` makes, and Azure's worker library running it on Python 3.13."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.end_to_end.funcignore import deployed_files
from tests.processes import ROOT

SITE_PACKAGES = Path(".python_packages") / "lib" / "site-packages"
WORKER_LIBRARY = "azure-functions-runtime"


def build_package(folder: Path, python: str) -> Path:
    """Make the package in an empty folder: the files that are deployed, and their requirements beside them."""
    for relative in deployed_files(ROOT):
        (folder / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / relative, folder / relative)
    shutil.copytree(installed(folder / "requirements.txt", python), folder / SITE_PACKAGES)
    return folder


def installed(requirements: Path, python: str) -> Path:
    """Where the requirements are installed for that Python; done once per content, kept under artefacts/."""
    key = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    kept = ROOT / "artefacts" / "python-3.13-packages" / key
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Installed aside and renamed, so that an interrupted run leaves nothing that looks complete.
        with tempfile.TemporaryDirectory(dir=kept.parent) as aside:
            _install(requirements, python, Path(aside) / "packages")
            (Path(aside) / "packages").rename(kept)
    return kept


def _install(requirements: Path, python: str, target: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--target", str(target), "-r", str(requirements)], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, f"pip could not install {requirements}:\n{done.stdout}{done.stderr}"


def platform_packages(folder: Path, python: str) -> Path:
    """What Azure brings itself and no app deploys: the worker library, in the version this project pins."""
    lines = (ROOT / "emulator" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = next(line for line in lines if line.startswith(f"{WORKER_LIBRARY}=="))
    requirements = folder / "platform.txt"
    requirements.write_text(pinned + "\n", encoding="utf-8")
    return installed(requirements, python)


class DeployedWorker:
    """A process of Azure's worker library that sees the package, the platform's packages and the standard library."""

    def __init__(self, python: str, package: Path, platform: Path, bridge: Path, settings: Mapping[str, str]) -> None:
        shutil.copytree(
            ROOT / "functions_host", bridge / "functions_host", ignore=shutil.ignore_patterns("__pycache__")
        )
        script = Path(__file__).with_name("deployed_worker.py")
        # -S leaves out this Python's own site-packages, which could hide a missing requirement.
        self._command = [python, "-I", "-S", "-B", str(script), str(package), str(platform), str(bridge)]
        self._env = {**os.environ, **settings}

    def __enter__(self) -> DeployedWorker:
        self._process = subprocess.Popen(
            self._command, env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def functions(self) -> list[dict[str, Any]]:
        """Name and bindings of every function."""
        listed: list[dict[str, Any]] = self._ask({"list": True})
        return listed

    def invoke(self, name: str, **request: Any) -> dict[str, Any]:
        """Invoke a function with the fields of an HTTP request; the response has `status`, `headers` and `body`."""
        response: dict[str, Any] = self._ask({"invoke": name, "request": request})
        return response

    def _ask(self, question: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(question), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, f"the worker process ended with exit code {self._process.wait(10)}; its stderr says why"
        return json.loads(answer)
