"""Servers: contestants as processes on the server's core, each ended with what uses it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from benchmarks.machine import SERVER_CORES, cpu_seconds, on_cores, resident_bytes

ROOT = Path(__file__).resolve().parent.parent
_LISTENING = re.compile(rb"Now listening on: (http://\S+)")
_START_SECONDS = 60


class Server:
    """A process that prints "Now listening on: <address>" once it is ready; a context manager."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str] | None = None) -> None:
        self._command = list(command)
        self._env = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        self.address = ""

    def __enter__(self) -> Server:
        self._output = tempfile.TemporaryFile()
        with on_cores(SERVER_CORES):
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
            )
        try:
            self.address = self._wait_for_address()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:  # some want to say goodbye to thousands of clients first
            self._process.kill()
            self._process.wait()
        self._output.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def port(self) -> int:
        port = urlsplit(self.address).port
        assert port is not None
        return port

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def resident_bytes(self) -> int:
        return resident_bytes(self.pid)

    def _wait_for_address(self) -> str:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := _LISTENING.search(self._written()):
                return found.group(1).decode()
            time.sleep(0.01)
        last_words = self._written()[-2000:].decode(errors="replace")
        raise RuntimeError(f"{' '.join(self._command)} did not start:\n{last_words}")

    def _written(self) -> bytes:
        return os.pread(self._output.fileno(), 1_048_576, 0)
