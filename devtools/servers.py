"""Server processes: start each and wait until it answers; when one ends, end all."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from types import FrameType, TracebackType
from typing import NamedTuple

from devtools.environment import ROOT
from devtools.problem import Problem

LISTENING = re.compile(r"Now listening on: (http://\S+)")
START_SECONDS = 60
STOP_SECONDS = 10


class _Ended(NamedTuple):
    name: str
    code: int


class _Stop(NamedTuple):
    pass


class Servers:
    """Processes of this project that live and end together; to be used in a `with` statement."""

    def __init__(self, python: str) -> None:
        self._python = python
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._readers: list[threading.Thread] = []
        self._addresses: dict[str, str] = {}
        self._events: queue.Queue[_Ended | _Stop | str] = queue.Queue()

    def __enter__(self) -> Servers:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # the last: a terminal that is closed; Windows has none
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in reversed(self._processes.values()):
            _end(process)
        for reader in self._readers:
            reader.join(STOP_SECONDS)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal's own signature
        self._events.put(_Stop())

    def start(self, name: str, arguments: Sequence[str], env: Mapping[str, str]) -> str:
        """Start a server and return its address once it listens; its output is shown, each line with its name."""
        process = subprocess.Popen(
            [self._python, "-u", *arguments],
            cwd=ROOT,
            env={**env, "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # Ctrl-C reaches this process alone, which then ends the others in order.
            start_new_session=os.name != "nt",
        )
        self._processes[name] = process
        reader = threading.Thread(target=self._read, args=(name, process), daemon=True)
        reader.start()
        self._readers.append(reader)
        return self._await_address(name)

    def _read(self, name: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip():
                print(f"[{name}] {line}", end="", flush=True)
            found = LISTENING.search(line)
            if found and name not in self._addresses:
                self._addresses[name] = found.group(1)
                self._events.put(name)
        self._events.put(_Ended(name, process.wait()))

    def _await_address(self, name: str) -> str:
        try:
            event = self._events.get(timeout=START_SECONDS)
        except queue.Empty:
            raise Problem(
                f"the {name} process did not answer within {START_SECONDS} s; its last lines stand above."
            ) from None
        if isinstance(event, _Stop):
            raise KeyboardInterrupt
        if isinstance(event, _Ended):
            raise Problem(f"the {event.name} process ended (exit code {event.code}); its last lines stand above.")
        return self._addresses[name]

    def wait(self) -> int:
        """Wait for a signal (0) or for the end of a process, which ends the others (1)."""
        while True:
            event = self._events.get()
            if isinstance(event, _Stop):
                print("Stopping …", flush=True)
                return 0
            if isinstance(event, _Ended):
                print(f"dev.py: the {event.name} process ended (exit code {event.code}); stopping.", file=sys.stderr)
                return 1


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
