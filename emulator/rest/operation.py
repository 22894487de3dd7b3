"""A row of the tables of operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.rest.call import Call


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What is asked for, what is done, and what says that it was done.

    `paths` begin with a slash and follow the version's prefix; `action` is the data action that a role must grant;
    `status` and `body` answer a success for which `run` returns nothing, and its result is otherwise the body, as JSON.
    """

    methods: tuple[str, ...]
    paths: tuple[str, ...]
    run: Callable[[Call], Any]
    action: str
    status: int
    body: bytes = b""
    takes_body: bool = False
    since: str = ""
