"""`python -m emulator`: run the emulator until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import errno
import signal
import sys

from emulator import logs
from emulator import options as options_module
from emulator.options import Options
from emulator.server import start


def main() -> int:
    options = options_module.parse()
    logs.configure(options.log_level)
    try:
        with asyncio.Runner() as runner:
            return runner.run(_run(options))
    except KeyboardInterrupt:
        return 0


async def _run(options: Options) -> int:
    try:
        runner, port = await start(options)
    except OSError as error:
        print(_cannot_listen(options, error), file=sys.stderr)
        return 1
    stop = _stop_signal()  # before the announcement: who reads it may stop the process at once
    _announce(options, port)
    try:
        await stop.wait()
    finally:
        await runner.cleanup()
    return 0


def _announce(options: Options, port: int) -> None:
    print(f"Connection string: {_connection_string(options, port)}", flush=True)
    print(f"Now listening on: http://{_host(options)}:{port}", flush=True)


def _connection_string(options: Options, port: int) -> str:
    """For local work: the published key is no secret and is shown, a key of the user's own is not."""
    key = options.access_keys[0]
    shown = key if key == options_module.PUBLISHED_ACCESS_KEY else "<your access key>"
    return f"Endpoint=http://{_host(options)};Port={port};AccessKey={shown};Version=1.0;"


def _host(options: Options) -> str:
    return f"[{options.host}]" if ":" in options.host else options.host


def _cannot_listen(options: Options, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {options.port} is taken: choose another with --port, or --port 0 for any free one."
    return f"Cannot listen on {options.host}:{options.port} (--host, --port): {error.strerror or error}."


def _stop_signal() -> asyncio.Event:
    """An event that Ctrl-C and SIGTERM set from now on."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: Ctrl-C arrives as KeyboardInterrupt
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop


if __name__ == "__main__":
    sys.exit(main())
