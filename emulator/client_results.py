"""Client results: invocations that wait for their client's completion."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, count

from emulator.protocol.messages import Completion

# Called once: with the client's completion, or with None when the client left without one.
OnDone = Callable[[Completion | None], None]


class ClientResults:
    """A connection can only complete what it was asked itself."""

    def __init__(self) -> None:
        self._awaited: dict[str, dict[str, OnDone]] = {}
        self._ids = map(str, count(1))

    def expect(self, connection_id: str, on_done: OnDone, wanted_id: str | None = None) -> str:
        """The id of a new invocation of this connection: the one that is wanted unless it is taken."""
        awaited = self._awaited.setdefault(connection_id, {})
        ids = self._ids if wanted_id is None else chain([wanted_id], self._ids)
        invocation_id = next(candidate for candidate in ids if candidate not in awaited)
        awaited[invocation_id] = on_done
        return invocation_id

    def forget(self, connection_id: str, invocation_id: str) -> OnDone | None:
        """Wait no more for this completion, which may have come already."""
        awaited = self._awaited.get(connection_id, {})
        on_done = awaited.pop(invocation_id, None)
        if on_done is not None and not awaited:
            del self._awaited[connection_id]
        return on_done

    def completed(self, connection_id: str, completion: Completion) -> None:
        """A completion came; one that nobody waits for is passed over."""
        if on_done := self.forget(connection_id, completion.invocation_id):
            on_done(completion)

    def connection_left(self, connection_id: str) -> None:
        for on_done in self._awaited.pop(connection_id, {}).values():
            on_done(None)
