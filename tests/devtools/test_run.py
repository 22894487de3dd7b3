"""`dev.py run` as its user meets it: a terminal, a curl line, Ctrl-C, and the things that go wrong."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from queue import Queue

import pytest

from tests.processes import ROOT

LIMIT_SECONDS = 60


class DevRun:
    """A `dev.py run` in a process group of its own; its output is read line by line."""

    def __init__(self, *arguments: str) -> None:
        self.lines: list[str] = []
        self._queue: Queue[str | None] = Queue()
        self.process = subprocess.Popen(
            [sys.executable, "dev.py", "run", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def await_line(self, pattern: str) -> re.Match[str]:
        while (line := self._queue.get(timeout=LIMIT_SECONDS)) is not None:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"no line like {pattern!r} in:\n" + "\n".join(self.lines))

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(LIMIT_SECONDS)
        self._reader.join(LIMIT_SECONDS)
        return code

    def children(self) -> list[int]:
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return [int(pid) for pid in listed.stdout.split()]


@pytest.fixture
def dev_run() -> Iterator[DevRun]:
    run = DevRun("--port", "0", "--emulator-port", "0")
    yield run
    if run.process.poll() is None:
        for pid in [*run.children(), run.process.pid]:
            os.kill(pid, signal.SIGKILL)
    run.wait()
    assert run.process.stdout is not None
    run.process.stdout.close()


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_the_printed_addresses_answer_and_the_printed_curl_line_sends(dev_run: DevRun) -> None:
    demo = dev_run.await_line(r"Demo page: +(http://\S+)")[1]
    curl = dev_run.await_line(r"^  (curl .*)$")[1]
    dev_run.await_line("Ctrl-C stops")
    with urllib.request.urlopen(demo) as page:  # noqa: S310 - our own address
        assert b"<html" in page.read()
    if os.name == "nt":
        return
    command = shlex.split(curl)
    sent = subprocess.run([*command, "-s", "-o", os.devnull, "-w", "%{http_code}"], capture_output=True, text=True)
    assert sent.stdout == "202"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_ends_both_servers_and_is_no_error(dev_run: DevRun, number: signal.Signals) -> None:
    dev_run.await_line("Ctrl-C stops")
    children = dev_run.children()
    assert len(children) == 2
    assert dev_run.end(number) == 0
    assert all(_is_gone(pid) for pid in children)


@pytest.mark.parametrize(("victim", "name"), [(0, "emulator"), (1, "functions")])
def test_the_end_of_one_server_ends_the_other_and_is_an_error(dev_run: DevRun, victim: int, name: str) -> None:
    dev_run.await_line("Ctrl-C stops")
    children = dev_run.children()
    os.kill(children[victim], signal.SIGKILL)
    dev_run.await_line(f"the {name} process ended")
    assert dev_run.wait() == 1
    assert all(_is_gone(pid) for pid in children)


@pytest.mark.parametrize("option", ["--port", "--emulator-port"])
def test_a_taken_port_is_named_with_the_option_that_changes_it(option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = {"--port": "0", "--emulator-port": "0", option: str(taken.getsockname()[1])}
        done = _dev("run", *(part for pair in ports.items() for part in pair))
    assert done.returncode == 1
    assert f"port {ports[option]} is taken" in done.stderr
    assert option in done.stderr
    assert "Traceback" not in done.stderr


def test_no_emulator_without_a_service_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    from devtools import run
    from devtools.problem import Problem

    monkeypatch.delenv("AzureSignalRConnectionString", raising=False)
    monkeypatch.setattr(run, "_settings", dict)
    with pytest.raises(Problem, match=r"--no-emulator needs a service: set AzureSignalRConnectionString"):
        run._require_connection()


def test_help_names_every_command_and_option() -> None:
    assert {"run", "test", "check"} <= set(_dev("--help").stdout.split())
    shown = _dev("run", "--help").stdout
    assert all(option in shown for option in ("--port", "--emulator-port", "--no-emulator"))


def _dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "dev.py", *arguments], cwd=ROOT, capture_output=True, text=True)


def test_the_template_of_the_settings_points_at_the_emulator() -> None:
    template = json.loads((ROOT / "local.settings.json.template").read_text())
    assert "8888" in template["Values"]["AzureSignalRConnectionString"]
    assert template["Values"]["NEGOTIATE_AUTH"] == "development,anonymous"
