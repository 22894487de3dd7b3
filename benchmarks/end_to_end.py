"""end-to-end: an HTTP call to the broadcast function, until the last of 1,000 clients has the message."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from statistics import quantiles

from benchmarks import contestants
from benchmarks.app_worker import Apps
from benchmarks.contestants import OURS as EMULATOR
from benchmarks.contestants import http, message
from benchmarks.fields import Field, Runner
from benchmarks.machine import LOAD_CORES, on_cores
from benchmarks.plan import Plan
from benchmarks.profile import Profile
from benchmarks.results import OURS, Goal, Row, Samples
from benchmarks.rounds import Turn, take_turns
from benchmarks.send import connection_string, make_senders
from benchmarks.servers import Server

NAME = "end-to-end"
TEXT = "x" * 256
REQUEST = http("POST", "/api/broadcast", message(TEXT), Content_Type="application/json")
FLOOR = "sum of its parts"
PARTS = {
    "empty": "host with an empty function",
    "rest": "REST call of the client library",
    "emulator": "REST call to last client",
}


def run(plan: Plan) -> Iterator[Row]:
    clients = plan.choose(1_000, 1_000, 20)
    with ExitStack() as stack:
        field = stack.enter_context(Field([EMULATOR], clients, plan))
        emulator = field.runners[OURS]
        env = {"AzureSignalRConnectionString": connection_string(emulator.server.address)}
        host = stack.enter_context(_host(str(Apps.ours), env))
        empty = stack.enter_context(_host(str(Apps.empty), {}))
        loopback = stack.enter_context(Server(contestants.FLOOR.command()))
        calls = plan.choose(300, 150, 10)
        plan.progress(f"end-to-end: {calls} calls, {clients:,} clients, and their parts")
        turns = {
            OURS: _whole(emulator, host, calls),
            "empty": _empty(stack, empty, calls),
            "rest": _rest(loopback, calls),
            "emulator": _emulator(emulator, calls),
        }
        yield from _rows(take_turns(turns, plan.rounds), clients)
        plan.progress("end-to-end: where the time goes")
        yield from _profiled(plan, emulator, host)


def _host(root: str, env: Mapping[str, str]) -> Server:
    common = {"NEGOTIATE_AUTH": "development", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}
    return Server([sys.executable, "-m", "functions_host", "--port", "0", "--root", root], env={**common, **env})


def _rows(found: Mapping[str, Samples], clients: int) -> Iterator[Row]:
    p50, p99 = found["p50"].values, found["p99"].values
    parts = [sum(values) for values in zip(*(p50[part] for part in PARTS), strict=True)]
    named = {PARTS[part]: p50[part] for part in PARTS}
    whole = Samples({OURS: p50[OURS], FLOOR: parts, **named})
    yield Row(
        NAME, f"HTTP call to the last of {clients:,} clients, p50", "ms", whole, FLOOR, references=list(PARTS.values())
    )
    worst = Samples({OURS: p99[OURS], "p50": p50[OURS]})
    yield Row(NAME, f"HTTP call to the last of {clients:,} clients, p99", "ms", worst, "p50", (Goal(5, "p50"),))


def _percentiles(seconds: list[float]) -> Mapping[str, float]:
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {"p50": cuts[49] * 1e3, "p99": cuts[98] * 1e3}


def _whole(emulator: Runner, host: Server, calls: int) -> Turn:
    def turn() -> Mapping[str, float]:
        emulator.clients.trigger(REQUEST, host.port)
        return _percentiles(list(emulator.clients.rounds(calls, 1, len(TEXT)).latencies))

    return turn


def _emulator(emulator: Runner, calls: int) -> Turn:
    def turn() -> Mapping[str, float]:
        emulator.clients.trigger(emulator.contestant.trigger(emulator.server.address, "json", TEXT))
        return _percentiles(list(emulator.clients.rounds(calls, 1, len(TEXT)).latencies))

    return turn


def _empty(stack: ExitStack, host: Server, calls: int) -> Turn:
    """No clients: a round ends with the answer."""
    from benchmarks.load import Clients

    nobody = stack.enter_context(Clients(host.port))
    nobody.trigger(REQUEST)
    return lambda: _percentiles(list(nobody.rounds(calls, 1, len(TEXT)).latencies))


def _rest(loopback: Server, calls: int) -> Turn:
    import time

    send = make_senders(loopback.address, TEXT)[0][OURS]

    def timed() -> float:
        started = time.perf_counter()
        send()
        return time.perf_counter() - started

    def turn() -> Mapping[str, float]:
        with on_cores(LOAD_CORES):
            return _percentiles([timed() for _ in range(calls)])

    return turn


def _profiled(plan: Plan, emulator: Runner, host: Server) -> Iterator[Row]:
    emulator.clients.trigger(REQUEST, host.port)
    profiles = [Profile(server.pid, plan.choose(10, 5, 2)) for server in (emulator.server, host)]
    while any(profile.is_running() for profile in profiles):
        emulator.clients.rounds(20, 1, len(TEXT))
    shares = Profile.shares(profiles)
    samples = Samples({OURS: [shares.pop("this project")], **{name: [share] for name, share in shares.items()}})
    yield Row(
        NAME, "share of the time in this project's own code", "%", samples, goals=(Goal(25),), references=list(shares)
    )
