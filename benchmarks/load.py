"""The load generator as Python sees it: load.c as a process on the load's core."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple

from benchmarks.machine import LOAD_CORES, on_cores
from benchmarks.programs import compiled


class LoadError(Exception):
    """A server did not do what its clients expected; the text says what."""


class Opened(NamedTuple):
    """How long opening took, and the generator's CPU time; seconds."""

    seconds: float
    cpu: float


class Rounds(NamedTuple):
    """Broadcasts: how long all took, the generator's CPU time, and each round until its last client; seconds."""

    seconds: float
    cpu: float
    latencies: Sequence[float]


class Clients:
    """WebSocket clients of one server; a context manager. Requests are whole HTTP requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.count = 0

    def __enter__(self) -> Clients:
        with on_cores(LOAD_CORES):
            self._process = subprocess.Popen(
                [compiled("load"), str(self._port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()

    def open(
        self, count: int, upgrade: bytes, hello: bytes = b"", ready_after: int = 0, in_flight: int = 100
    ) -> Opened:
        """Open clients, `in_flight` at once; each says `hello` and is ready once it got `ready_after` frames."""
        command = f"open {count} {in_flight} {len(upgrade)} {len(hello)} {ready_after}"
        found = self._ask(command, upgrade + hello)
        self.count += count
        return Opened(*found)

    def trigger(self, request: bytes, port: int | None = None) -> None:
        """Set the request that makes the server broadcast; it goes to another server where `port` is given."""
        self._ask(f"trigger {len(request)} {port or self._port}", request)

    def rounds(self, rounds: int, burst: int, least_bytes: int, *, patience: float = 60) -> Rounds:
        """Broadcast; every client must get one frame of at least so many bytes for each request of the burst.

        LoadError where a round takes longer than `patience`, in seconds.
        """
        seconds, cpu, *latencies = self._ask(f"rounds {rounds} {burst} {least_bytes} {patience}")
        return Rounds(seconds, cpu, latencies)

    def start_idle(self, seconds: float, ping: bytes = b"", every: float = 0) -> None:
        """Stay connected, each client sending `ping` every so many seconds; `finish_idle` waits for the end."""
        self._write(f"idle {seconds} {every} {len(ping)}", ping)

    def finish_idle(self) -> float:
        """Wait for the end of `start_idle`; the generator's CPU seconds."""
        return self._answer("idle")[0]

    def close(self, count: int) -> float:
        """Drop the clients that were opened last."""
        self.count -= count
        return self._ask(f"close {count}")[0]

    def _ask(self, command: str, data: bytes = b"") -> list[float]:
        self._write(command, data)
        return self._answer(command)

    def _write(self, command: str, data: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended, and its answer says why
            self._process.stdin.write(command.encode() + b"\n" + data)
            self._process.stdin.flush()

    def _answer(self, command: str) -> list[float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        word, *numbers = line.split() or [""]
        if word in ("", "error"):
            raise LoadError(f"{command}: {line.strip() or 'the load generator ended'}")
        return [float(number) for number in numbers]
