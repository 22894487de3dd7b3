"""The machine: which core is whose, what a process used, and the conditions to report beside every figure."""

from __future__ import annotations

import os
import platform
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# Descriptors that a server keeps for other things than its clients.
_SPARE_DESCRIPTORS = 200


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


_ALL = _cores()
SERVER_CORES = _ALL[:1]
LOAD_CORES = _ALL[1:] or _ALL


@contextmanager
def on_cores(cores: list[int]) -> Iterator[None]:
    """Run this thread, and all processes that it starts meanwhile, on these cores; where the system can do that."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process, its own and the kernel's on its behalf, to the nanosecond."""
    # How Linux numbers the CPU clock of another process: CPUCLOCK_SCHED of its inverted id.
    return time.clock_gettime(~pid << 3 | 2)


def resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def peak_resident_bytes() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def most_connections() -> int:
    """How many connections one process may hold: its limit of open files, raised as far as this user may."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard - _SPARE_DESCRIPTORS if hard != resource.RLIM_INFINITY else 1_000_000


def conditions() -> dict[str, Any]:
    """What figures depend on; the load is that of all programs, before the benchmark."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": len(_ALL) or os.cpu_count(),
        "load_average_before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
