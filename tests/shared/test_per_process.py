"""Per process: one value for all threads of a process, and another one after a fork."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.per_process import PerProcess


def test_threads_that_come_at_once_go_on_with_one_value() -> None:
    ready = threading.Barrier(16)
    value: PerProcess[object] = PerProcess(object)

    def get(_: int) -> object:
        ready.wait(10)
        return value.get()

    with ThreadPoolExecutor(16) as threads:
        assert len(set(threads.map(get, range(16)))) == 1


def test_a_value_that_was_taken_is_made_anew() -> None:
    value: PerProcess[list[int]] = PerProcess(list)
    assert value.take() is None
    first = value.get()
    assert value.take() is first
    assert value.get() is not first


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_lock_that_was_held_at_the_fork_is_free_in_the_child() -> None:
    lock = PerProcess(threading.Lock)
    with lock.get():
        child = os.fork()
        if child == 0:
            os._exit(0 if lock.get().acquire(timeout=5) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
