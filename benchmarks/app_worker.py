"""Function apps in workers: each app in a process of its own, called over its stdin."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from benchmarks.machine import SERVER_CORES, on_cores
from benchmarks.servers import ROOT

_APPS = ROOT / "benchmarks" / "apps"
_ENVIRONMENT = {
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    "NEGOTIATE_AUTH": "development",
    "SIGNALR_DEFAULT_HUB": "chat",
    "PYTHONPATH": str(ROOT),
}


def is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def worker_name() -> str:
    """Which of the functions host's workers runs on this Python."""
    return "azure-functions-runtime" if is_installed("azure_functions_runtime") else "azure-functions' converters"


def _environment(connection_string: str) -> dict[str, str]:
    """Python keeps compiled modules, as it does unless it is told otherwise; in a folder that is ours to remove."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own = {"AzureSignalRConnectionString": connection_string, "PYTHONPYCACHEPREFIX": _bytecode().name}
    return {**kept, **_ENVIRONMENT, **own}


@cache
def _bytecode() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="benchmarks-")


class Reading(NamedTuple):
    """CPU and wall seconds of a run, and the process's memory after it."""

    cpu: float
    wall: float
    bytes: float


class AppProcess:
    """One app; its first reading is for loading it."""

    def __init__(self, folder: Path, connection_string: str) -> None:
        started = time.perf_counter()
        with on_cores(SERVER_CORES):
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.app_process", str(folder)],
                cwd=ROOT,
                env=_environment(connection_string),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        try:
            loaded = self._read()
        except BaseException:
            self.close()
            raise
        self.loaded = loaded._replace(wall=time.perf_counter() - started)

    def run(self, function: str, count: int = 1) -> Reading:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{function} {count}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Reading:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        while line and not line[0].isdigit():  # what the app's own libraries print
            line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the function app's process ended; its last words stand above")
        return Reading(*map(float, line.split()))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


class Apps:
    """The apps that are compared, and their processes; a context manager."""

    ours = ROOT
    empty = _APPS / "empty"
    web_pubsub = _APPS / "web_pubsub"

    def __enter__(self) -> Apps:
        self._stack = ExitStack()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def start(self, folder: Path, connection_string: str) -> AppProcess:
        process = AppProcess(folder, connection_string)
        self._stack.callback(process.close)
        return process
