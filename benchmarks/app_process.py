"""A function app in a worker, as a process: `python -m benchmarks.app_process FOLDER`.

It reads a line "NAME COUNT" for each run and answers with the CPU and wall seconds of that many calls of that function,
and with its memory in bytes. The first answer, before any line, is for loading the app.
"""

from __future__ import annotations

import os
import sys
import time
import uuid
from pathlib import Path

from functions_host.functions import HttpRequest, http_functions
from functions_host.workers import make_worker

_BODY = b'{"target":"newMessage","arguments":["hello"]}'


def main(folder: Path) -> None:
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    worker = make_worker(folder, script="function_app.py", threads=1)
    functions = {function.name: function for function in http_functions(worker.load())}
    _answer(time.process_time(), 0)
    for line in sys.stdin:
        name, count = line.split()
        url = f"http://localhost/api/{name}"
        user = {"user": "ann"} if name == "negotiate" else {}
        request = HttpRequest("POST", url, {"content-type": "application/json"}, user, {}, _BODY)
        cpu, started = time.process_time(), time.perf_counter()
        for _ in range(int(count)):
            response = worker.invoke(functions[name], str(uuid.uuid4()), request)
            if response.status_code >= 300:
                sys.exit(f"{name} answered {response.status_code}: {response.body!r}")
        _answer(time.process_time() - cpu, time.perf_counter() - started)
    worker.close()


def _answer(cpu: float, wall: float) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    print(cpu, wall, pages * os.sysconf("SC_PAGE_SIZE"), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
