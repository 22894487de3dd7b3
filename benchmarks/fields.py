"""The field of a broadcast: contestants that run, each with its clients connected; who is missing, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType

from benchmarks.contestants import Contestant
from benchmarks.load import Clients, LoadError
from benchmarks.plan import Plan
from benchmarks.programs import MissingError
from benchmarks.results import OURS
from benchmarks.servers import Server


@dataclass
class Runner:
    """A contestant's server with its clients; what joining cost."""

    contestant: Contestant
    server: Server
    clients: Clients
    protocol: str
    empty_bytes: int = 0
    connects_per_second: float = 0.0
    bytes_per_connection: float = 0.0
    cpu_per_connect: float = 0.0

    def join(self, count: int, *, in_flight: int) -> None:
        joining = self.contestant.joining(self.server.address, self.protocol)
        before, used = self.server.resident_bytes(), self.server.cpu_seconds()
        opened = self.clients.open(count, joining.upgrade, joining.hello, joining.ready_after, in_flight)
        self.connects_per_second = count / opened.seconds
        self.cpu_per_connect = (self.server.cpu_seconds() - used) / count
        self.bytes_per_connection = (self.server.resident_bytes() - before) / count


@dataclass
class Field:
    """Contestants that are on this machine, started and joined one after the other; a context manager."""

    contestants: Iterable[Contestant]
    clients: int
    plan: Plan
    protocol: str = "json"
    in_flight: int = 200
    runners: dict[str, Runner] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    _stops: dict[str, Callable[[], None]] = field(default_factory=dict)

    def __enter__(self) -> Field:
        try:
            for contestant in self.contestants:
                self.plan.progress(f"{contestant.name}: {self.clients:,} clients connect ({self.protocol})")
                self._start(contestant)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start(self, contestant: Contestant) -> None:
        stack = self._stack.enter_context(ExitStack())
        self._stops[contestant.name] = stack.close
        try:
            server = stack.enter_context(Server(contestant.command()))
            runner = Runner(contestant, server, stack.enter_context(Clients(server.port)), self.protocol)
            runner.join(self.clients, in_flight=self.in_flight)
        except (MissingError, LoadError, RuntimeError) as error:
            if contestant.name == OURS:
                raise
            self.give_up(contestant.name, error)
        else:
            self.runners[contestant.name] = runner

    def give_up(self, name: str, error: Exception) -> None:
        """Go on without a contestant that cannot be started or that failed; it is reported as missing."""
        self.runners.pop(name, None)
        self._stops[name]()
        self.missing[name] = str(error)
        self.plan.progress(f"{name} is missing: {error}")
