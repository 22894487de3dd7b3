"""The event loop: results, attempts to exit, and what is left running at its end."""

from __future__ import annotations

import asyncio

import pytest

from functions_host.errors import FunctionFailedError
from functions_host.event_loop import EventLoopThread


async def answer(value: int) -> int:
    return value


async def leave() -> None:
    raise SystemExit(3)


def test_a_coroutine_that_exits_fails_alone() -> None:
    loop = EventLoopThread()
    with pytest.raises(FunctionFailedError, match="SystemExit: 3"):
        loop.run(leave())
    assert loop.run(answer(5)) == 5
    loop.close()


def test_tasks_left_running_are_cancelled_at_the_end() -> None:
    cancelled = []

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def start() -> asyncio.Task[None]:
        task = asyncio.create_task(wait_for_ever())
        await asyncio.sleep(0)
        return task

    loop = EventLoopThread()
    task = loop.run(start())
    loop.close()
    assert (cancelled, task.cancelled()) == ([True], True)
