"""negotiate: client access tokens, and the negotiate function through Azure's worker library."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import jwt

from benchmarks import app_worker
from benchmarks.contestants import ACCESS_KEY
from benchmarks.machine import SERVER_CORES, on_cores
from benchmarks.plan import Plan
from benchmarks.results import OURS, Goal, Row
from benchmarks.rounds import Turn, take_turns
from shared import SignalRServiceClient

NAME = "negotiate"
FLOOR = "stdlib json + hmac + base64"
WEB_PUBSUB = "Web PubSub SDK"
CONNECTION_STRING = f"Endpoint=https://chat.service.signalr.net;AccessKey={ACCESS_KEY};Version=1.0;"
AUDIENCE = "https://chat.service.signalr.net/client/?hub=chat"
USER = "user-1234567"

Make = Callable[[], object]


def run(plan: Plan) -> Iterator[Row]:
    made, missing = _makers()
    plan.progress("negotiate: client access tokens, in one process")
    with on_cores(SERVER_CORES):
        found = take_turns({name: _turn(make, plan) for name, make in made.items()}, plan.rounds)
    goals = (Goal(2.5, FLOOR), Goal(1 / 1.4, WEB_PUBSUB))
    yield Row(NAME, "time per client token", "µs", found["time"], FLOOR, goals, missing=missing)
    yield Row(NAME, "client tokens per second and core", "1/s", found["rate"], FLOOR, more_is_better=True)
    yield from _function_rows(plan)


def _turn(make: Make, plan: Plan) -> Turn:
    count = plan.choose(10_000, 4_000, 10)

    def turn() -> Mapping[str, float]:
        started = time.process_time()
        for _ in range(count):
            make()
        seconds = (time.process_time() - started) / count
        return {"time": seconds * 1e6, "rate": 1 / seconds}

    return turn


def _claims() -> dict[str, Any]:
    """What ours signs, for all that sign what they are given."""
    return {"nameid": USER, "aud": AUDIENCE, "exp": int(time.time()) + 3600}


def _makers() -> tuple[dict[str, Make], dict[str, str]]:
    client = SignalRServiceClient.from_connection_string(CONNECTION_STRING, hub="chat")
    hour = timedelta(hours=1)
    made: dict[str, Make] = {
        OURS: lambda: client.get_client_access_token(user_id=USER, lifetime=hour),
        FLOOR: _floor(),
        "PyJWT": lambda: jwt.encode(_claims(), ACCESS_KEY, algorithm="HS256"),
    }
    peers = {
        WEB_PUBSUB: ("azure.messaging.webpubsubservice", _web_pubsub),
        "python-jose": ("jose", _jose),
        "authlib": ("authlib", _authlib),
    }
    missing: dict[str, str] = {}
    for name, (module, maker) in peers.items():
        if app_worker.is_installed(module):
            made[name] = maker()
        else:
            missing[name] = f"{module} is not installed"
    return made, missing


def _floor() -> Make:
    key = ACCESS_KEY.encode()
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=") + b"."
    encode = json.JSONEncoder(separators=(",", ":")).encode

    def make() -> str:
        signed = header + base64.urlsafe_b64encode(encode(_claims()).encode()).rstrip(b"=")
        signature = base64.urlsafe_b64encode(hmac.digest(key, signed, "sha256")).rstrip(b"=")
        return (signed + b"." + signature).decode()

    return make


def _web_pubsub() -> Make:
    from azure.messaging.webpubsubservice import WebPubSubServiceClient

    client = WebPubSubServiceClient.from_connection_string(CONNECTION_STRING, hub="chat")
    return lambda: client.get_client_access_token(user_id=USER, minutes_to_expire=60)


def _jose() -> Make:
    from jose import jwt as jose

    return lambda: jose.encode(_claims(), ACCESS_KEY, algorithm="HS256")


def _authlib() -> Make:
    from authlib.jose import jwt as authlib

    return lambda: authlib.encode({"alg": "HS256"}, _claims(), ACCESS_KEY)


def _function_rows(plan: Plan) -> Iterator[Row]:
    plan.progress("negotiate: the function, in Azure's worker library")
    count = plan.choose(2_000, 1_000, 5)
    with app_worker.Apps() as apps:
        workers = {OURS: apps.start(apps.ours, CONNECTION_STRING), "empty function": apps.start(apps.empty, "")}
        turns = {name: _invocations(worker, count) for name, worker in workers.items()}
        found = take_turns(turns, plan.rounds)
        goals = (Goal(1.3, "empty function"),)
        conditions = {"worker": app_worker.worker_name()}
        yield Row(
            NAME, "CPU per call of the function", "µs", found["cpu"], "empty function", goals, conditions=conditions
        )


def _invocations(worker: app_worker.AppProcess, count: int) -> Turn:
    return lambda: {"cpu": worker.run("negotiate", count).cpu / count * 1e6}
