"""`python -m emulator`: run the emulator until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import sys
from contextlib import ExitStack
from dataclasses import replace

from emulator import logs
from emulator import options as options_module
from emulator.entra import identity_header, managed_identity
from emulator.options import Options
from emulator.server import start

# Objects that are made and not yet freed, before the collector looks for cycles among the newest; how many such looks
# before one at the older, and at all. By default it would look at all connections over and over while they come: a
# fifth of the time that they take.
GARBAGE_THRESHOLDS = (50_000, 10, 2)


def main() -> int:
    options = options_module.parse()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    logs.configure(options.log_level, options.log_format)
    try:
        with ExitStack() as stack, asyncio.Runner() as runner:
            return runner.run(_run(*_with_identity_header(options, stack)))
    except KeyboardInterrupt:
        return 0


def _with_identity_header(options: Options, stack: ExitStack) -> tuple[Options, str]:
    """The options with the secret that identities need, and where its user finds it (it is never printed)."""
    if not options.identities or options.identity_header:
        return options, f"the value of {identity_header.VARIABLE} in the emulator's environment"
    secret = identity_header.new_secret()
    path = stack.enter_context(identity_header.kept_in_a_file(secret))
    return replace(options, identity_header=secret), f"the content of {path}"


async def _run(options: Options, where_the_secret_is: str) -> int:
    try:
        runner, port = await start(options)
    except OSError as error:
        print(_cannot_listen(options, error), file=sys.stderr)
        return 1
    stop = _stop_signal()  # before the announcement: who reads it may stop the process at once
    _announce(options, port, where_the_secret_is)
    try:
        await stop.wait()
    finally:
        await runner.cleanup()
    return 0


def _announce(options: Options, port: int, where_the_secret_is: str) -> None:
    for identity in options.identities:
        print(f"Identity {identity}", flush=True)
    if options.identities:
        print(f"IDENTITY_ENDPOINT: http://{_host(options)}:{port}{managed_identity.PATH}", flush=True)
        print(f"IDENTITY_HEADER: {where_the_secret_is}", flush=True)
    print(f"Connection string: {_connection_string(options, port)}", flush=True)
    print(f"Now listening on: http://{_host(options)}:{port}", flush=True)


def _connection_string(options: Options, port: int) -> str:
    """For local work: the published key is no secret and is shown, a key of the user's own is not."""
    return f"Endpoint=http://{_host(options)};Port={port};{_way_in(options)};Version=1.0;"


def _host(options: Options) -> str:
    return f"[{options.host}]" if ":" in options.host else options.host


def _way_in(options: Options) -> str:
    if not options.access_keys:
        return "AuthType=azure.msi"
    key = options.access_keys[0]
    return f"AccessKey={key if key == options_module.PUBLISHED_ACCESS_KEY else '<your access key>'}"


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
