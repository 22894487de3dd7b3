"""fanout: a REST broadcast to many WebSocket clients, from the REST call to the last client's socket."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from benchmarks.contestants import AIOSIGNALR, BARE_ASYNCIO, FLOOR, NODE_WS, OURS, PEER_SERVERS, SOCKETIO, STARLETTE
from benchmarks.fields import Field, Runner
from benchmarks.plan import Plan
from benchmarks.results import Goal, Row, Samples
from benchmarks.rounds import Turn, take_turns

NAME = "fanout"
GOALS_ONE = (
    Goal(1.3, FLOOR.name),
    Goal(0.9, NODE_WS.name),
    Goal(0.6, STARLETTE.name),
    Goal(0.2, SOCKETIO.name),
)
GOALS_BURST = (Goal(0.25, NODE_WS.name),)
REFERENCES = (BARE_ASYNCIO.name,)
# They take fewer deliveries per turn than the others.
SLOW = (SOCKETIO.name, AIOSIGNALR.name)


def run(plan: Plan) -> Iterator[Row]:
    for clients in plan.choose((1_000, 5_000, 10_000), (1_000,), (20,)):
        for protocol in ("json", "messagepack"):
            yield from _with_clients(plan, clients, protocol)


def _with_clients(plan: Plan, clients: int, protocol: str) -> Iterator[Row]:
    servers = (OURS, FLOOR, BARE_ASYNCIO, *PEER_SERVERS)
    chosen = [c for c in servers if protocol == "json" or c.name != SOCKETIO.name]
    sizes = (256, 2048) if protocol == "json" or plan.choose(True, False, False) else (256,)
    with Field(chosen, clients, plan, protocol) as field:
        if protocol == "json":
            yield from _joining_rows(field)
        for size, burst in itertools.product(sizes, (1, 8)):
            plan.progress(f"fanout: {clients:,} clients, {size:,} bytes, {protocol}, {burst} at a time")
            yield from _rows(plan, field, size, burst)


def _rows(plan: Plan, field: Field, size: int, burst: int) -> Iterator[Row]:
    turns = {name: _turn(plan, runner, size, burst) for name, runner in field.runners.items()}
    found = take_turns(turns, plan.rounds, give_up=field.give_up)
    shares = {name: max(values) for name, values in found["load"].values.items()}
    queued = "one at a time" if burst == 1 else f"{burst} queued"
    what = f"{field.clients:,} clients, {size:,} B, {field.protocol}, {queued}"
    conditions = {"load_cpu_share": shares, "clients": field.clients, "bytes": size, "burst": burst}

    goals: tuple[Goal, ...] = GOALS_ONE if burst == 1 else GOALS_BURST
    if field.protocol == "messagepack":
        goals = tuple(goal for goal in goals if goal.against != SOCKETIO.name)  # which has no MessagePack of SignalR's
    cpu, last, rate = found["CPU per delivery"], found["time to the last client"], found["deliveries per second"]
    floor, missing = FLOOR.name, dict(field.missing)
    yield Row(NAME, f"CPU per delivery, {what}", "µs", cpu, floor, goals, False, missing, conditions, REFERENCES)
    yield Row(NAME, f"time to the last client, {what}", "ms", last, floor, missing=missing, references=REFERENCES)
    yield Row(NAME, f"deliveries per second, {what}", "1/s", rate, floor, (), True, missing, references=REFERENCES)


def _turn(plan: Plan, runner: Runner, size: int, burst: int) -> Turn:
    wanted = plan.choose(30_000, 20_000, 40) // (4 if runner.contestant.name in SLOW else 1)
    rounds = max(2, wanted // (runner.clients.count * burst))
    request = runner.contestant.trigger(runner.server.address, runner.protocol, "x" * size)

    def turn() -> Mapping[str, float]:
        runner.clients.trigger(request)
        before = runner.server.cpu_seconds()
        done = runner.clients.rounds(rounds, burst, size)
        deliveries = rounds * burst * runner.clients.count
        return {
            "CPU per delivery": (runner.server.cpu_seconds() - before) / deliveries * 1e6,
            "time to the last client": sorted(done.latencies)[len(done.latencies) // 2] * 1e3,
            "deliveries per second": deliveries / sum(done.latencies),
            "load": done.cpu / done.seconds,
        }

    return turn


def _joining_rows(field: Field) -> Iterator[Row]:
    runners, missing = field.runners, dict(field.missing)  # as it is now: one that fails later has joined
    memory = Samples({name: [runner.bytes_per_connection / 1024] for name, runner in runners.items()})
    connects = Samples({name: [runner.connects_per_second] for name, runner in runners.items()})
    what = f"{field.clients:,} clients"
    goals = (Goal(16),) if field.clients >= 1_000 else ()
    yield Row(
        NAME,
        f"memory per connection, {what}",
        "KB",
        memory,
        FLOOR.name,
        goals,
        missing=missing,
        references=REFERENCES,
    )
    yield Row(
        NAME,
        f"connects per second, {what}",
        "1/s",
        connects,
        FLOOR.name,
        (),
        True,
        missing,
        references=REFERENCES,
    )
