"""The load generator: it counts what arrives and says what does not; the floor delivers to everybody."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest
from websockets.sync.server import ServerConnection, serve

from benchmarks.contestants import FLOOR, OURS, emulator_call, http, message, record
from benchmarks.fields import Field, Runner
from benchmarks.load import Clients, LoadError
from benchmarks.plan import Extent, Plan
from benchmarks.rounds import take_turns
from benchmarks.servers import Server

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("cc"), reason="the load generator needs Linux and a C compiler"
)
TEXT = "x" * 300
DEADLINE_SECONDS = 20


@pytest.fixture(scope="module")
def emulator() -> Iterator[Server]:
    with Server(OURS.command()) as server:
        yield server


@pytest.fixture
def clients(emulator: Server) -> Iterator[Clients]:
    with Clients(emulator.port) as found:
        joining = OURS.joining(emulator.address, "json")
        found.open(12, joining.upgrade, joining.hello, joining.ready_after)
        yield found


@pytest.mark.parametrize("burst", [1, 8])
def test_each_client_gets_each_message(emulator: Server, clients: Clients, burst: int) -> None:
    clients.trigger(OURS.trigger(emulator.address, "json", TEXT))
    assert len(clients.rounds(3, burst, len(TEXT)).latencies) == 3


def test_message_that_nobody_gets_ends_in_an_error(emulator: Server, clients: Clients) -> None:
    other_hub = emulator_call(emulator.address, "POST", "/api/v1/hubs/other", message(TEXT))
    clients.trigger(other_hub)
    with pytest.raises(LoadError, match="0 of 12 messages arrived"):
        clients.rounds(1, 1, len(TEXT), patience=0.2)


def test_clients_answer_pings_between_commands() -> None:
    answered = Event()

    def ping(connection: ServerConnection) -> None:
        if connection.ping().wait(DEADLINE_SECONDS):
            answered.set()

    with serve(ping, "127.0.0.1", 0) as server, ThreadPoolExecutor() as pool:
        serving = pool.submit(server.serve_forever)
        port = server.socket.getsockname()[1]
        with Clients(port) as clients:
            clients.open(1, FLOOR.joining(f"http://127.0.0.1:{port}", "json").upgrade)
            assert answered.wait(DEADLINE_SECONDS)
        server.shutdown()
        serving.result(DEADLINE_SECONDS)


def test_generator_that_ended_is_told_as_such(clients: Clients) -> None:
    clients.trigger(http("POST", "/api/v1/hubs/chat", message(TEXT)))
    for text in ("the request was refused", "the load generator ended"):
        with pytest.raises(LoadError, match=text):
            clients.rounds(1, 1, len(TEXT))


def test_contestant_that_fails_is_reported_as_missing_with_the_reason() -> None:
    with Field([OURS, FLOOR], 3, Plan(Extent.SMOKE)) as field:
        field.runners[FLOOR.name].server.__exit__(None, None, None)
        turns = {name: partial(_broadcast, runner) for name, runner in field.runners.items()}
        found = take_turns(turns, 2, give_up=field.give_up)
    assert list(found["seconds"].values) == [OURS.name] == list(field.runners)
    assert "client" in field.missing[FLOOR.name]


def _broadcast(runner: Runner) -> dict[str, float]:
    runner.clients.trigger(runner.contestant.trigger(runner.server.address, runner.protocol, TEXT))
    return {"seconds": runner.clients.rounds(1, 1, len(TEXT)).seconds}


def test_request_that_is_refused_ends_in_an_error(clients: Clients) -> None:
    clients.trigger(http("POST", "/api/v1/hubs/chat", message(TEXT)))
    with pytest.raises(LoadError, match=r"the request was refused: HTTP\S+ 401"):
        clients.rounds(1, 1, len(TEXT))


def test_client_that_is_refused_ends_in_an_error(emulator: Server) -> None:
    with Clients(emulator.port) as refused, pytest.raises(LoadError, match=r"client 0 was refused: HTTP\S+ 401"):
        refused.open(1, FLOOR.joining(emulator.address, "json").upgrade.replace(b"/ws", b"/client/?hub=chat"))


def test_clients_that_leave_are_no_longer_waited_for(emulator: Server, clients: Clients) -> None:
    clients.close(5)
    clients.trigger(OURS.trigger(emulator.address, "json", TEXT))
    clients.rounds(2, 1, len(TEXT))
    assert clients.count == 7


@pytest.mark.parametrize("size", [10, 300, 70_000])
def test_floor_delivers_one_frame_of_any_size_to_each_client(size: int) -> None:
    with Server(FLOOR.command()) as server, Clients(server.port) as clients:
        clients.open(7, FLOOR.joining(server.address, "json").upgrade)
        clients.trigger(FLOOR.trigger(server.address, "json", "x" * size))
        clients.rounds(3, 2, len(record("json", "x" * size)))


def test_server_that_does_not_start_is_told_with_its_last_words() -> None:
    server = Server([sys.executable, "-c", "raise SystemExit('no socket')"])
    with pytest.raises(RuntimeError, match="did not start:\nno socket"):
        server.__enter__()
