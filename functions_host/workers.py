"""Workers: which one runs the app on this Python."""

from __future__ import annotations

import sys
from pathlib import Path

from functions_host.errors import FunctionAppError
from functions_host.functions import Worker


def make_worker(root: Path, *, script: str, threads: int) -> Worker:
    """Azure's own worker library from Python 3.13 on, as in Azure; azure-functions' converters before.

    Raises FunctionAppError when the app has no such script, or the library is not installed.
    """
    if not (root / script).is_file():
        raise FunctionAppError(f"There is no {script} in {root}: the function app is expected in that file.")
    if sys.version_info >= (3, 13):
        return _runtime_worker(root)
    from functions_host.converter_worker import ConverterWorker

    return ConverterWorker(root, script=script, threads=threads)


def _runtime_worker(root: Path) -> Worker:
    try:
        from functions_host.runtime_worker import RuntimeWorker
    except ImportError as error:
        raise FunctionAppError(
            f"The worker library cannot be imported: {error}. Run: python -m pip install azure-functions-runtime"
        ) from error
    return RuntimeWorker(root)
