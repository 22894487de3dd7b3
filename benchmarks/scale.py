"""scale: what each operation costs the emulator with few connections and with many."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial

from benchmarks.contestants import OURS as EMULATOR
from benchmarks.contestants import Joining, emulator_call, handshake, host, message, signed, upgrade
from benchmarks.fields import Field, Runner
from benchmarks.machine import most_connections
from benchmarks.plan import Plan
from benchmarks.rest import Rest
from benchmarks.results import OURS, Goal, Row, Samples
from benchmarks.rounds import Turn, take_turns

NAME = "scale"
HUB = "/api/v1/hubs/chat"
MEMBERS = 10
USERS = [f"user-{number}" for number in range(MEMBERS)]
MESSAGE = message("x" * 256)
CALLS = 200
NEWCOMERS = 100

Operation = Callable[[Rest, int], object]
# Each is done many times in a row; the number says which time it is.
OPERATIONS: Mapping[str, Operation] = {
    "send to one user": lambda rest, _: rest.call("POST", f"{HUB}/users/{USERS[0]}", MESSAGE),
    f"send to a {MEMBERS}-member group": lambda rest, _: rest.call("POST", f"{HUB}/groups/members", MESSAGE),
    "join a group": lambda rest, i: rest.call("PUT", f"{HUB}/groups/g-{i}/users/{USERS[1]}"),
    "leave a group": lambda rest, i: rest.call("DELETE", f"{HUB}/groups/g-{i}/users/{USERS[1]}"),
    f"list a {MEMBERS}-member group": lambda rest, _: rest.call(
        "GET", "/api/hubs/chat/groups/members/connections", query="api-version=2024-12-01"
    ),
}


def run(plan: Plan) -> Iterator[Row]:
    most = min(20_000, most_connections() - NEWCOMERS)
    sizes = plan.choose((100, 1_000, 5_000, most), (100, 1_000, 5_000), (20, 40))
    with ExitStack() as stack:
        runners = {_name(size, sizes): _populated(stack, plan, size) for size in sizes}
        plan.progress("scale: each operation, in turns with few and many connections")
        turns = {name: _turn(plan, runner) for name, runner in runners.items()}
        found = take_turns(turns, plan.rounds)
        yield from _rows(found, sizes)
        yield _memory_row(plan, runners[_name(sizes[1], sizes)])


def _name(size: int, sizes: tuple[int, ...]) -> str:
    return OURS if size == sizes[-1] else f"{size:,} connections"


def _populated(stack: ExitStack, plan: Plan, size: int) -> Runner:
    """An emulator with that many connections; ten of them have users, who are in a group."""
    runner = stack.enter_context(Field([EMULATOR], size - MEMBERS, plan)).runners[OURS]
    for user in USERS:
        joining = _joining_as(runner.server.address, user)
        runner.clients.open(1, joining.upgrade, joining.hello, joining.ready_after)
        with Rest(runner.server.address) as rest:
            rest.call("PUT", f"{HUB}/groups/members/users/{user}")
    return runner


def _joining_as(address: str, user: str) -> Joining:
    token = signed(f"{address}/client/?hub=chat", nameid=user)
    request = upgrade("/client/?hub=chat", Host=host(address), Authorization=f"Bearer {token}")
    return Joining(request, handshake("json"), 1)


def _turn(plan: Plan, runner: Runner) -> Turn:
    server, clients = runner.server, runner.clients
    broadcasts = max(2, plan.choose(40_000, 20_000, 100) // clients.count)
    calls = plan.choose(CALLS, CALLS // 2, 5)
    request = emulator_call(server.address, "POST", HUB, MESSAGE)

    def microseconds(count: int, do: Callable[[], object]) -> float:
        before = server.cpu_seconds()
        do()
        return (server.cpu_seconds() - before) / count * 1e6

    def turn() -> Mapping[str, float]:
        clients.trigger(request)
        found = {"broadcast": microseconds(broadcasts, lambda: clients.rounds(broadcasts, 1, 256))}
        with Rest(server.address) as rest:
            for name, operation in OPERATIONS.items():
                found[name] = microseconds(calls, partial(_repeat, operation, rest, calls))
        joining = runner.contestant.joining(server.address, "json")
        found["connect"] = microseconds(
            NEWCOMERS, lambda: clients.open(NEWCOMERS, joining.upgrade, joining.hello, joining.ready_after, 10)
        )
        found["disconnect"] = microseconds(NEWCOMERS, partial(_leave, runner))
        return found

    return turn


def _repeat(operation: Operation, rest: Rest, calls: int) -> None:
    for number in range(calls):
        operation(rest, number)


def _leave(runner: Runner) -> None:
    """Drop the newcomers, and wait until the server has nothing more to do with them."""
    runner.clients.close(NEWCOMERS)
    used = -1.0
    while (now := runner.server.cpu_seconds()) - used > 0.0005:
        used = now
        time.sleep(0.05)


def _rows(found: Mapping[str, Samples], sizes: tuple[int, ...]) -> Iterator[Row]:
    others = [_name(size, sizes) for size in sizes[:-1]]
    smallest = others[0]
    broadcast = found["broadcast"]
    yield Row(NAME, f"broadcast to {sizes[-1]:,} connections", "µs CPU", broadcast, references=others)
    exponents = [
        _exponent(sizes, [broadcast.values[_name(size, sizes)][number] for size in sizes])
        for number in range(len(broadcast.values[OURS]))
    ]
    yield Row(
        NAME,
        "broadcast: cost grows as connections to the power of",
        "",
        Samples({OURS: exponents}),
        None,
        (Goal(1.05),),
    )
    for name, samples in found.items():
        if name != "broadcast":
            what = f"{name}, {sizes[-1]:,} connections"
            yield Row(NAME, what, "µs CPU", samples, smallest, (Goal(1.2, smallest),), references=others[1:])


def _exponent(sizes: tuple[int, ...], costs: list[float]) -> float:
    """The slope of the costs over the sizes, both as logarithms, by least squares."""
    x, y = [math.log(size) for size in sizes], [math.log(cost) for cost in costs]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    over = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return over / sum((a - mean_x) ** 2 for a in x)


def _memory_row(plan: Plan, runner: Runner) -> Row:
    messages = plan.choose(1_000_000, 200_000, 400)
    plan.progress(f"scale: memory over {messages:,} messages")
    runner.clients.trigger(emulator_call(runner.server.address, "POST", HUB, MESSAGE))
    before = runner.server.resident_bytes() / 1024 / 1024
    runner.clients.rounds(messages // runner.clients.count, 1, 256)
    after = runner.server.resident_bytes() / 1024 / 1024
    samples = Samples({OURS: [after], "before": [before]})
    return Row(NAME, f"memory after {messages:,} messages", "MB", samples, "before", (Goal(1.05, "before"),))
