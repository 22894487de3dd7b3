"""The official JavaScript client as a Node process that a test commands and listens to."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.end_to_end.official_client import LIMIT_SECONDS, OfficialClient
from tests.processes import ROOT

SCRIPT = Path(__file__).with_name("javascript_client.mjs")


class JavaScriptClient(OfficialClient):
    """An official client in a Node process of its own, as a context manager."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()

    def __enter__(self) -> JavaScriptClient:
        self._process = subprocess.Popen(
            [self._node, str(SCRIPT)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(LIMIT_SECONDS)
        self._process.stdout.close()

    def command(self, command: str, **parameters: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"command": command, **parameters}) + "\n")
        self._process.stdin.flush()

    def next_event(self) -> dict[str, Any]:
        try:
            return self._events.get(timeout=LIMIT_SECONDS)
        except queue.Empty:
            raise AssertionError(f"nothing happened for {LIMIT_SECONDS} s; Node: {self._process.poll()}") from None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._events.put(json.loads(line))
