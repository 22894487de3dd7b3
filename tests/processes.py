"""Servers as processes: start one on port 0, wait until it listens, stop it without leaving anything behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
LISTENING = re.compile(r"Now listening on: (http://127\.0\.0\.1:\d+)")
STARTUP_LIMIT_SECONDS = 60


class ServerProcess:
    """A server of this project, run as its user runs it (`python -m …`), as a context manager.

    `address` is what the server printed after "Now listening on: "; `output` holds its last 2,000 lines, both
    streams together, so that a test can look at what was logged and a failure can show it.
    """

    def __init__(self, *arguments: str, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> None:
        self._arguments: Sequence[str] = [sys.executable, "-u", *arguments]
        self._env = {**os.environ, **(env or {})}
        self._cwd = cwd
        self._listening = threading.Event()
        self.output: deque[str] = deque(maxlen=2000)
        self.address = ""

    def __enter__(self) -> ServerProcess:
        self.process = subprocess.Popen(
            self._arguments,
            cwd=self._cwd,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        started = self._listening.wait(STARTUP_LIMIT_SECONDS)
        if not (started and self.address):
            self.__exit__(None, None, None)
            raise RuntimeError(f"{' '.join(self._arguments)} did not start:\n" + "".join(self.output))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """Ask the server to end as Ctrl-C's twin SIGTERM does, kill it after 10 s, and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return self.process.returncode

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            found = LISTENING.search(line)
            if found and not self.address:
                self.address = found.group(1)
                self._listening.set()
        self._listening.set()
