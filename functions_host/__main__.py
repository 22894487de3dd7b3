"""The command line: `python -m functions_host` runs the app in this folder as `func start` does."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from functions_host import console
from functions_host.cors import CorsPolicy
from functions_host.errors import FunctionAppError, HostError
from functions_host.functions import HttpFunction, Worker, http_functions
from functions_host.keys import HOST_KEY_SETTING, KEYS_FILE, read_keys
from functions_host.routes import RouteTable
from functions_host.server import Server, listen
from functions_host.settings import (
    DEFAULT_PORT,
    prepare_environment,
    read_local_settings,
    read_route_prefix,
    split_origins,
    thread_count,
)
from functions_host.site import Site
from functions_host.workers import make_worker

# How long functions that still run may take to end when the host is stopped.
GRACE_SECONDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; returns the exit code: 0, or 1 when the host cannot start."""
    options = _parser().parse_args(arguments)
    # Ctrl-C too: a process that a shell started in the background begins with it ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    try:
        _run(options)
    except HostError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _run(options: argparse.Namespace) -> None:
    root: Path = options.root.resolve()
    route_prefix = read_route_prefix(root)
    local = read_local_settings(root)
    cors = CorsPolicy(
        split_origins(options.cors) if options.cors is not None else local.cors_origins,
        options.cors_credentials or local.cors_credentials,
    )
    # The socket comes before the app, which may ask for its own address while it is imported.
    wanted = options.port if options.port is not None else local.port if local.port is not None else DEFAULT_PORT
    listener = listen(options.host, wanted)
    port = listener.getsockname()[1]
    prepare_environment(os.environ, local.values, root=root, port=port)
    worker, functions = _load(root)
    routes = RouteTable.build(functions, route_prefix=route_prefix)
    keys = None
    if options.enable_auth:
        keys = read_keys(root, [f.name for f in functions], host_key=os.environ.get(HOST_KEY_SETTING))
        print(f"Functions ask for keys. They are in {root / KEYS_FILE}")
    else:
        console.warn_if_open(options.host)
    console.print_functions(routes, port=port)
    _serve(Server(listener, Site(routes, worker, cors=cors, keys=keys)), worker)


def _load(root: Path) -> tuple[Worker, list[HttpFunction]]:
    os.chdir(root)
    sys.path.insert(0, str(root))
    console.configure_logging()
    script = os.environ.get("PYTHON_SCRIPT_FILE_NAME") or "function_app.py"
    worker = make_worker(root, script=script, threads=thread_count(os.environ))
    metadata = worker.load()
    functions = http_functions(metadata)
    if not functions:
        raise FunctionAppError(f"{script} declares no function with an HTTP trigger, and this host serves no other.")
    for other in metadata:
        if other.trigger_type != "httpTrigger":
            print(f"{other.name} ({other.trigger_type}) is not run: this host serves HTTP only.")
    return worker, functions


def _serve(server: Server, worker: Worker) -> None:
    host = f"[{server.host}]" if ":" in server.host else server.host
    print(f"Now listening on: http://{host}:{server.port}", flush=True)
    server.serve_forever(poll_interval=0.1)
    if not server.wait_until_idle(GRACE_SECONDS):
        print(f"Functions still ran {GRACE_SECONDS} s after the host was stopped; they are cut off.", flush=True)
        os._exit(0)
    worker.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m functions_host",
        description="Run the HTTP functions of the function app in this folder, as `func start` does.",
        epilog="Values of local.settings.json become environment variables; one that is already set wins.",
    )
    parser.add_argument("--port", type=_port, help="port, 0 for any free one (Host.LocalHttpPort, else 7071)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--cors", metavar="ORIGINS", help="origins, comma separated, whose pages may call (Host.CORS)")
    parser.add_argument(
        "--cors-credentials", action="store_true", help="allow those pages to send credentials (Host.CORSCredentials)"
    )
    parser.add_argument(
        "--enable-auth",
        action="store_true",
        help="ask for keys as Azure does. They are made once, at random, and kept in .functions_host/keys.json, which"
        " only its owner can read and git ignores; they are never printed. The environment variable FUNCTIONS_HOST_KEY"
        " replaces the host key, which opens every function of auth level FUNCTION",
    )
    parser.add_argument("--root", type=Path, default=Path(), help="folder of the function app (this one)")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: give 0 to 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
