"""The event loop: one thread that runs every coroutine of the worker."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Coroutine
from typing import Any, TypeVar

from functions_host.errors import FunctionFailedError

T = TypeVar("T")


class EventLoopThread:
    """An event loop that other threads give coroutines to and wait for."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="worker event loop", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run to the end and return the result; raises FunctionFailedError for an attempt to exit the process."""
        return asyncio.run_coroutine_threadsafe(_without_exit(coroutine), self._loop).result()

    def close(self) -> None:
        """Cancel what still runs, and end the thread."""
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _without_exit(coroutine: Coroutine[Any, Any, T]) -> T:
    # SystemExit would end the loop, and with it every later invocation.
    try:
        return await coroutine
    except (SystemExit, KeyboardInterrupt):
        raise FunctionFailedError(traceback.format_exc()) from None


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
