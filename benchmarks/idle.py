"""idle: thousands of connections that say nothing but their pings, and the storm in which they come."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.contestants import BARE_UVLOOP, OURS, PEER_SERVERS
from benchmarks.fields import Field
from benchmarks.load import LoadError
from benchmarks.machine import most_connections
from benchmarks.plan import Plan
from benchmarks.results import Goal, Row, Samples

NAME = "idle"
PING_SECONDS = 15
STORM_IN_FLIGHT = 1_000


def run(plan: Plan) -> Iterator[Row]:
    clients = min(plan.choose(20_000, 4_000, 30), most_connections())
    seconds = plan.choose(2 * PING_SECONDS, PING_SECONDS, 1)
    with Field((OURS, BARE_UVLOOP, *PEER_SERVERS), clients, plan, in_flight=STORM_IN_FLIGHT) as field:
        joined, absent = dict(field.runners), dict(field.missing)
        plan.progress(f"idle: all of them are idle for {seconds} s at the same time")
        percent, load = _idle(field, seconds)
    floor = BARE_UVLOOP.name
    what = f"{clients:,} connections"
    memory = Samples({name: [runner.bytes_per_connection / 1024] for name, runner in joined.items()})
    storm = Samples({name: [runner.connects_per_second] for name, runner in joined.items()})
    conditions = {"load_cpu_share": load, "seconds": seconds}
    yield Row(NAME, f"memory per connection, {what}", "KB", memory, floor, (Goal(16),), missing=absent)
    yield Row(
        NAME, f"CPU for pings, {what}", "% of a core", percent, floor, (Goal(8),), False, field.missing, conditions
    )
    goals = (Goal(2_000, at_least=True),)
    yield Row(NAME, f"connects per second, {what}", "1/s", storm, floor, goals, True, absent)


def _idle(field: Field, seconds: float) -> tuple[Samples, dict[str, float]]:
    """All at once rather than in turns: together they leave the core half free, and the same happens to each."""
    runners = dict(field.runners)
    for runner in runners.values():
        runner.clients.start_idle(seconds, runner.contestant.ping, PING_SECONDS)
    started = time.perf_counter()
    before = {name: runner.server.cpu_seconds() for name, runner in runners.items()}
    load = {}
    for name, runner in runners.items():
        try:
            load[name] = runner.clients.finish_idle() / seconds
        except LoadError as error:
            if name == OURS.name:
                raise
            field.give_up(name, error)
    passed = time.perf_counter() - started
    used = {name: runner.server.cpu_seconds() - before[name] for name, runner in field.runners.items()}
    return Samples({name: [cpu / passed * 100] for name, cpu in used.items()}), load
