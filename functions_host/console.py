"""The console: the list of functions, the lines around every invocation, and what the app itself logs."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from functions_host.errors import FunctionFailedError
from functions_host.routes import RouteTable

logger = logging.getLogger("functions_host")


def configure_logging() -> None:
    """Show what the app logs from level INFO on; the worker library's account of itself only where it warns."""
    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format="[%(asctime)s] %(message)s", datefmt="%Y-%m-%dT%H:%M:%S"
    )
    logging.getLogger("azure.functions").setLevel(logging.CRITICAL)


def warn_if_open(host: str) -> None:
    """Warn where other machines may call the functions and no key is asked for."""
    if not host.startswith("127.") and host not in {"localhost", "::1"}:
        print(f"Warning: everybody who reaches {host} may call every function; --enable-auth asks for keys.")


def print_functions(routes: RouteTable, *, port: int) -> None:
    """Print name, methods and URL of every function, as `func start` does."""
    print("\nFunctions:\n")
    for route in routes.routes:
        methods = f"[{','.join(sorted(route.function.methods))}]" if route.function.methods else ""
        print(f"\t{route.function.name}: {methods} http://localhost:{port}/{route.path}\n")


@contextmanager
def logged_invocation(function: str, invocation_id: str) -> Iterator[None]:
    """Log beginning and end of an invocation, with its duration, and the stack trace of one that failed."""
    reason = "Reason='This function was programmatically called via the host APIs.'"
    logger.info("Executing 'Functions.%s' (%s, Id=%s)", function, reason, invocation_id)
    started = time.perf_counter()
    outcome, stack_trace = "Failed", ""
    try:
        yield
        outcome = "Succeeded"
    except FunctionFailedError as error:
        stack_trace = f"\n{error.stack_trace.rstrip()}"
        raise
    finally:
        logger.log(
            logging.INFO if outcome == "Succeeded" else logging.ERROR,
            "Executed 'Functions.%s' (%s, Id=%s, Duration=%.0fms)%s",
            *(function, outcome, invocation_id, (time.perf_counter() - started) * 1000, stack_trace),
        )
