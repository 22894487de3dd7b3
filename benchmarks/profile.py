"""A profile: where a running Python process spends its CPU time, by whose code the innermost frame is."""

from __future__ import annotations

import linecache
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.programs import MissingError
from benchmarks.servers import ROOT

OUR_FOLDERS = ("emulator/", "functions_host/", "shared/", "broadcast/", "negotiate/", "http_api/", "function_app.py")
# What a line of these does is one system call, and what the kernel does with it; so is a line of ours with this in it.
OUR_SYSTEM_CALL = "os.write("
SYSTEM_CALLS = ("_SelectorSocketTransport.write ", "_read_ready__data_received ", "EpollSelector.select ", "readinto ")
OURS, KERNEL, PACKAGES = "this project", "sockets (asyncio and kernel)", "standard library and packages"


class Profile:
    """py-spy on a process, for so many seconds; only what is on the CPU counts."""

    def __init__(self, pid: int, seconds: float) -> None:
        spy = Path(sys.executable).with_name("py-spy")
        if not spy.exists():
            raise MissingError("py-spy, which is not installed")
        self._folder = tempfile.TemporaryDirectory(prefix="benchmarks-")
        self._file = Path(self._folder.name) / "stacks"
        options = ["--format", "raw", "--rate", "250", "--duration", str(int(seconds)), "--nonblocking"]
        command = [str(spy), "record", *options, "--output", str(self._file), "--pid", str(pid)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def is_running(self) -> bool:
        return self._process.poll() is None

    def counts(self) -> Counter[str]:
        """Samples by owner of the innermost frame; waits for the end."""
        error = self._process.communicate()[1]
        if self._process.returncode or not self._file.exists():
            raise MissingError(f"py-spy's permission to look into a process: {error.strip()[-200:]}")
        counts: Counter[str] = Counter()
        for line in self._file.read_text(encoding="utf-8").splitlines():
            stack, _, count = line.rpartition(" ")
            counts[_owner(stack.rpartition(";")[2])] += int(count)
        self._folder.cleanup()
        return counts

    @staticmethod
    def shares(profiles: Sequence[Profile]) -> dict[str, float]:
        """Percent of the time of all these processes together, by owner."""
        counts = sum((profile.counts() for profile in profiles), Counter[str]())
        return {owner: counts[owner] * 100 / (counts.total() or 1) for owner in (OURS, KERNEL, PACKAGES)}


def _owner(frame: str) -> str:
    """`frame` as py-spy writes it: `function (file:line)`."""
    file, _, line = frame.partition("(")[2].rstrip(")").rpartition(":")
    if file.startswith(OUR_FOLDERS):
        return KERNEL if OUR_SYSTEM_CALL in linecache.getline(str(ROOT / file), int(line)) else OURS
    return KERNEL if any(call.strip() in frame for call in SYSTEM_CALLS) else PACKAGES
