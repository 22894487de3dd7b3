"""cold-start: from a fresh process to loaded functions, to the first negotiate, to the first broadcast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import app_worker
from benchmarks.app_worker import Apps
from benchmarks.contestants import FLOOR as LOOPBACK
from benchmarks.plan import Plan
from benchmarks.results import OURS, Goal, Row, Samples
from benchmarks.rounds import Turn, take_turns
from benchmarks.send import connection_string
from benchmarks.servers import Server

NAME = "cold-start"
FLOOR = "empty functions"
WEB_PUBSUB = "app on the Web PubSub SDK"
METRICS = {
    "loaded": "fresh process to loaded functions",
    "negotiated": "fresh process to first negotiate",
    "broadcast": "fresh process to first broadcast",
    "memory": "memory after the first broadcast",
}


def run(plan: Plan) -> Iterator[Row]:
    plan.progress("cold-start: fresh processes")
    apps = {OURS: Apps.ours, FLOOR: Apps.empty}
    missing = {}
    if app_worker.is_installed("azure.messaging.webpubsubservice"):
        apps[WEB_PUBSUB] = Apps.web_pubsub
    else:
        missing[WEB_PUBSUB] = "azure-messaging-webpubsubservice is not installed"
    with Server(LOOPBACK.command()) as server:
        turns = {name: _turn(folder, connection_string(server.address)) for name, folder in apps.items()}
        found = take_turns(turns, plan.choose(15, 7, 1))
    conditions = {"worker": app_worker.worker_name()}
    for metric, text in METRICS.items():
        unit = "MB" if metric == "memory" else "ms"
        goals = (Goal(1.25, FLOOR),) if metric == "loaded" else ()
        yield Row(NAME, text, unit, found[metric], FLOOR, goals, missing=missing, conditions=conditions)
    yield _first_negotiate(found["first negotiate"])


def _first_negotiate(samples: Samples) -> Row:
    pairs = zip(samples.values[OURS], samples.values[FLOOR], strict=True)
    more = Samples({OURS: [ours - floor for ours, floor in pairs]})
    return Row(NAME, "first negotiate, beyond the first call of an empty function", "ms", more, goals=(Goal(60),))


def _turn(folder: Path, connection: str) -> Turn:
    def turn() -> Mapping[str, float]:
        with Apps() as apps:
            app = apps.start(folder, connection)
            negotiate, broadcast = app.run("negotiate"), app.run("broadcast")
        loaded = app.loaded.wall
        return {
            "loaded": loaded * 1e3,
            "negotiated": (loaded + negotiate.wall) * 1e3,
            "broadcast": (loaded + negotiate.wall + broadcast.wall) * 1e3,
            "memory": broadcast.bytes / 1024 / 1024,
            "first negotiate": negotiate.wall * 1e3,
        }

    return turn
