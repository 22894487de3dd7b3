"""Many targets: one call for each, a bounded number of them at once, in memory that does not grow with their number."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self
from warnings import warn

from shared.errors import InvalidParameterError, SignalRServiceError
from shared.parameters import checked_whole
from shared.results import TargetResult, Totals

Progress = Callable[[Totals], None]

MAX_IN_FLIGHT = 16
# So many times as many calls may be done or waiting while the oldest is still under way: results come in order, and
# one slow call must not stop the others.
_AHEAD = 4


class ManyResults(Iterator[TargetResult]):
    """Results in the order of the targets, while the calls go on; a failed one does not stop the rest.

    Calls begin at once, and go on while results are taken: iterate to the end, or call `finish`. `cancel` takes no
    further target; what was begun is carried out, and still comes as a result. What the iterable of targets raises
    comes after the results of those before it.
    """

    def __init__(
        self,
        targets: Iterable[str],
        call: Callable[[str], object],
        *,
        max_in_flight: int = MAX_IN_FLIGHT,
        progress: Progress | None = None,
    ) -> None:
        checked_whole("max_in_flight", max_in_flight, 1024)
        if isinstance(targets, (str, bytes)) or not isinstance(targets, Iterable):
            raise InvalidParameterError("targets", "must be a list, or another iterable, of text")
        self._targets = iter(targets)
        self._call = call
        self._progress = progress
        self._window = max_in_flight * _AHEAD
        self._threads = ThreadPoolExecutor(max_in_flight, "signalr-many")
        self._pending: deque[tuple[str, Future[SignalRServiceError | None]]] = deque()
        self._failure: Exception | None = None
        self._has_more = True
        self._done = self._failed = 0
        self._fill()

    def __next__(self) -> TargetResult:
        if not self._pending:
            self._end()
        target, future = self._pending.popleft()
        error = future.result()
        self._fill()
        self._count(error)
        return TargetResult(target, error)

    def finish(self) -> Totals:
        """Carry out the rest and return how many there were; failures are counted, and not raised."""
        for _ in self:
            pass
        return Totals(self._done, self._failed)

    def cancel(self) -> None:
        """Take no further target; may be called from any thread."""
        self._has_more = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.cancel()
        self._threads.shutdown()

    def __del__(self) -> None:
        if getattr(self, "_has_more", False):
            warn("Results of many targets were dropped before the end: the rest was not sent", ResourceWarning, 2)
            self._threads.shutdown(wait=False)

    def _fill(self) -> None:
        while self._has_more and len(self._pending) < self._window:
            try:
                target = next(self._targets)
            except StopIteration:
                self._has_more = False
            except Exception as exc:  # the caller's own iterable; its error is the caller's, but later
                self._has_more, self._failure = False, exc
            else:
                self._pending.append((target, self._threads.submit(_outcome, self._call, target)))

    def _count(self, error: SignalRServiceError | None) -> None:
        self._done += 1
        self._failed += error is not None
        if self._progress is not None:
            self._progress(Totals(self._done, self._failed))

    def _end(self) -> None:
        self._threads.shutdown()
        failure, self._failure = self._failure, None
        raise failure or StopIteration


def _outcome(call: Callable[[str], object], target: str) -> SignalRServiceError | None:
    try:
        call(target)
    except SignalRServiceError as error:
        return error
    return None
