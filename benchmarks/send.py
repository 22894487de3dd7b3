"""send: one `send_to_all` on a warm connection, to a loopback server in C that only says 202."""

from __future__ import annotations

import itertools
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import requests
import urllib3

from benchmarks.app_worker import is_installed
from benchmarks.contestants import ACCESS_KEY, TARGET, signed
from benchmarks.contestants import FLOOR as LOOPBACK
from benchmarks.machine import LOAD_CORES, on_cores
from benchmarks.plan import Plan
from benchmarks.results import OURS, Goal, Row, Samples
from benchmarks.rounds import Turn, take_turns
from benchmarks.servers import Server
from shared import Message, SignalRServiceClient

NAME = "send"
FLOOR = "urllib3 PoolManager"
WEB_PUBSUB = "Web PubSub SDK"
PATH = "/api/v1/hubs/chat"
MOST_THREADS = 32
# Pusher's own limit for an event.
PUSHER_LIMIT_BYTES = 10 * 1024

Send = Callable[[], object]


def run(plan: Plan) -> Iterator[Row]:
    one_thread: dict[int, float] = {}
    with Server(LOOPBACK.command()) as server, on_cores(LOAD_CORES):
        for size, threads in itertools.product((256, 100_000), (1, 8, MOST_THREADS)):
            plan.progress(f"send: {size:,} bytes, {threads} threads")
            rows = list(_rows(plan, server, size, threads))
            yield from rows
            one_thread.setdefault(size, rows[0].ours)
            if threads == MOST_THREADS:
                yield _efficiency(rows[0], one_thread[size], size)


def _rows(plan: Plan, server: Server, size: int, threads: int) -> Iterator[Row]:
    senders, missing = make_senders(server.address, "x" * size)
    count = plan.choose(2_000, 600, 20) // (1 if size < 10_000 else 4)
    with ThreadPoolExecutor(threads) as pool:
        turns = {name: _turn(server, pool, send, threads, max(1, count // threads)) for name, send in senders.items()}
        found = take_turns(turns, plan.rounds)
    goals = (Goal(1.6, FLOOR), Goal(1 / 2.5, WEB_PUBSUB)) if threads == 1 else ()
    what = f"{size:,} B, {threads} thread{'s' if threads > 1 else ''}"
    conditions = {"load_cpu_share": {name: max(values) for name, values in found["server"].values.items()}}
    yield Row(NAME, f"CPU per send, {what}", "µs", found["cpu"], FLOOR, goals, False, missing, conditions)
    yield Row(NAME, f"time per send, {what}", "µs", found["wall"], FLOOR, missing=missing)


def _efficiency(row: Row, one_thread: float, size: int) -> Row:
    ratios = Samples({OURS: [(1 - one_thread / row.ours) * 100]})
    return Row(NAME, f"CPU efficiency lost with {MOST_THREADS} threads, {size:,} B", "%", ratios, goals=(Goal(20),))


def _turn(server: Server, pool: ThreadPoolExecutor, send: Send, threads: int, each: int) -> Turn:
    def repeat(_: int) -> None:
        for _ in range(each):
            send()

    def turn() -> Mapping[str, float]:
        list(pool.map(lambda _: send(), range(threads)))  # connections that were idle may have been closed
        cpu, wall, theirs = time.process_time(), time.perf_counter(), server.cpu_seconds()
        list(pool.map(repeat, range(threads)))
        seconds, calls = time.perf_counter() - wall, each * threads
        return {
            "cpu": (time.process_time() - cpu) / calls * 1e6,
            "wall": seconds / calls * 1e6,
            "server": (server.cpu_seconds() - theirs) / seconds,
        }

    return turn


def make_senders(address: str, text: str) -> tuple[dict[str, Send], dict[str, str]]:
    """Who can send this text to this address, and who is missing."""
    url = address + PATH
    body = json.dumps({"target": TARGET, "arguments": [text]}).encode()
    headers = {"Authorization": f"Bearer {signed(url)}", "Content-Type": "application/json"}
    message = Message(TARGET, [text])
    client = SignalRServiceClient.from_connection_string(connection_string(address), hub="chat")
    pool = urllib3.PoolManager(maxsize=MOST_THREADS)
    senders: dict[str, Send] = {
        OURS: lambda: client.send_to_all(message),
        FLOOR: lambda: pool.request("POST", url, body=body, headers=headers),
        "requests.post": lambda: requests.post(url, data=body, headers=headers, timeout=30),
    }
    missing: dict[str, str] = {}
    others = {"httpx": ("httpx", _httpx), WEB_PUBSUB: ("azure.messaging.webpubsubservice", _web_pubsub)}
    for name, (module, make) in others.items():
        if is_installed(module):
            senders[name] = make(url, body, headers)
        else:
            missing[name] = f"{module} is not installed"
    _add_pusher(senders, missing, address, text)
    return senders, missing


def connection_string(address: str) -> str:
    return f"Endpoint={address};AccessKey={ACCESS_KEY};Version=1.0;"


def _httpx(url: str, body: bytes, headers: Mapping[str, str]) -> Send:
    import httpx

    logging.getLogger("httpx").setLevel(logging.WARNING)
    client = httpx.Client()
    return lambda: client.post(url, content=body, headers=headers)


def _web_pubsub(url: str, body: bytes, _: Mapping[str, str]) -> Send:
    from azure.messaging.webpubsubservice import WebPubSubServiceClient

    client = WebPubSubServiceClient.from_connection_string(connection_string(url.removesuffix(PATH)), hub="chat")
    message = json.loads(body)
    return lambda: client.send_to_all(message, content_type="application/json")


def _add_pusher(senders: dict[str, Send], missing: dict[str, str], address: str, text: str) -> None:
    if not is_installed("pusher"):
        missing["pusher"] = "pusher is not installed"
    elif len(text) > PUSHER_LIMIT_BYTES:
        missing["pusher"] = "its events have 10 KB at the most"
    else:
        import pusher

        host, _, port = address.removeprefix("http://").partition(":")
        client = pusher.Pusher("1", "key", "secret", ssl=False, host=host, port=int(port))
        senders["pusher"] = lambda: client.trigger("chat", TARGET, {"text": text})
