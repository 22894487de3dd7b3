"""many: `send_to_users` for thousands of users, and its memory for a million."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks import machine
from benchmarks.app_worker import is_installed
from benchmarks.contestants import FLOOR as LOOPBACK
from benchmarks.contestants import TARGET
from benchmarks.machine import LOAD_CORES, on_cores
from benchmarks.plan import Plan
from benchmarks.results import OURS, Goal, Row, Samples
from benchmarks.rounds import Turn, take_turns
from benchmarks.send import connection_string
from benchmarks.servers import ROOT, Server
from shared import Message, SignalRServiceClient

NAME = "many"
FLOOR = "single sends at best concurrency"
WEB_PUBSUB = "thread pool over Web PubSub SDK"
MESSAGE = Message(TARGET, ["x" * 256])
THREADS = (1, 8, 32)

# Sends to that many users.
SendMany = Callable[[int], object]


def run(plan: Plan) -> Iterator[Row]:
    users = plan.choose(10_000, 2_000, 50)
    with Server(LOOPBACK.command()) as server:
        plan.progress(f"many: {users:,} users")
        senders = {OURS: _ours(server.address), FLOOR: _single_sends(server.address)}
        missing = {}
        if is_installed("azure.messaging.webpubsubservice"):
            senders[WEB_PUBSUB] = _web_pubsub(server.address)
        else:
            missing[WEB_PUBSUB] = "azure-messaging-webpubsubservice is not installed"
        turns = {name: _turn(send, users) for name, send in senders.items()}
        with on_cores(LOAD_CORES):
            found = take_turns(turns, plan.choose(3, 3, 1), warm_up=False)
        goals = (Goal(1 / 3, WEB_PUBSUB),)
        yield Row(NAME, f"time for {users:,} users", "s", found["wall"], FLOOR, goals, missing=missing)
        yield Row(NAME, f"CPU for {users:,} users", "s", found["cpu"], FLOOR, missing=missing)
        yield _memory_row(plan, server.address)


def _turn(send: SendMany, users: int) -> Turn:
    def turn() -> Mapping[str, float]:
        cpu, wall = time.process_time(), time.perf_counter()
        send(users)
        return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}

    return turn


def _names(count: int) -> Iterator[str]:
    return (f"user-{number}" for number in range(count))


def _ours(address: str) -> SendMany:
    client = SignalRServiceClient.from_connection_string(connection_string(address), hub="chat")

    def send(count: int) -> None:
        totals = client.send_to_users(_names(count), MESSAGE).finish()
        if totals.failed:
            raise RuntimeError(f"{totals.failed} of {count} sends failed")

    return send


def _single_sends(address: str) -> SendMany:
    """What the calls cost by themselves: on as many threads as suits this machine best, tried beforehand."""
    client = SignalRServiceClient.from_connection_string(connection_string(address), hub="chat")

    def send_each(users: Sequence[str]) -> None:
        for user in users:
            client.send_to_user(user, MESSAGE)

    def send(count: int, threads: int) -> float:
        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(send_each, _parts(count, threads)))
        return time.perf_counter() - started

    best = min(THREADS, key=lambda threads: send(500, threads))
    return lambda count: send(count, best)


def _parts(count: int, threads: int) -> list[list[str]]:
    users = list(_names(count))
    return [users[number::threads] for number in range(threads)]


def _web_pubsub(address: str) -> SendMany:
    from azure.messaging.webpubsubservice import WebPubSubServiceClient

    client = WebPubSubServiceClient.from_connection_string(connection_string(address), hub="chat")
    message = {"target": TARGET, "arguments": ["x" * 256]}

    def send(count: int) -> None:
        with ThreadPoolExecutor(16) as pool:
            for _ in pool.map(
                lambda user: client.send_to_user(user, message, content_type="application/json"), _names(count)
            ):
                pass

    return send


def _memory_row(plan: Plan, address: str) -> Row:
    few, many = plan.choose((10_000, 1_000_000), (2_000, 20_000), (50, 100))
    megabytes = {}
    for count in (few, many):
        plan.progress(f"many: memory for {count:,} users")
        command = [sys.executable, "-m", "benchmarks.many", address, str(count)]
        with on_cores(LOAD_CORES):
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        megabytes[count] = int(done.stdout) / 1024 / 1024
    base = f"{few:,} targets"
    samples = Samples({OURS: [megabytes[many]], base: [megabytes[few]]})
    return Row(NAME, f"most memory with {many:,} targets", "MB", samples, base, (Goal(1.1, base),))


if __name__ == "__main__":
    _ours(sys.argv[1])(int(sys.argv[2]))
    print(machine.peak_resident_bytes())
