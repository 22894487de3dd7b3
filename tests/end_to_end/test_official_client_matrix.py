"""The official clients, on every transport in every hub protocol, straight at the service's client endpoint."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
from msgspec import msgpack

from tests.conftest import RunningEmulator
from tests.end_to_end.browser_client import BrowserClient, serve_page
from tests.end_to_end.cut_wire import Wire
from tests.end_to_end.javascript_client import JavaScriptClient
from tests.end_to_end.official_client import OfficialClient
from tests.end_to_end.rest_calls import Hub, calling
from tests.processes import ServerProcess


class Kind(NamedTuple):
    """Where a client runs and how it connects."""

    place: str
    transport: str
    protocol: str

    def __str__(self) -> str:
        return "-".join(self)


# Server-Sent Events carry text alone.
KINDS = [
    Kind(place, transport, protocol)
    for place in ("node", "chromium")
    for transport in ("WebSockets", "ServerSentEvents", "LongPolling")
    for protocol in ("json", "messagepack")
    if (transport, protocol) != ("ServerSentEvents", "messagepack")
]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
# Stateful reconnect is for WebSockets.
every_kind_of_socket = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.transport == "WebSockets"], ids=str
)

# The official client does not wait with the end of its stream or its polls for what it posts last, nor with its DELETE
# for the end of its polls; what comes second meets no connection any more.
LATE = "Failed to load resource: the server responded with a status of 404 (Not Found)"

NewClient = Callable[[], OfficialClient]
Connect = Callable[..., OfficialClient]
Spare = dict[str, list[Any]]


@pytest.fixture(scope="module")
def page() -> Iterator[str]:
    with serve_page() as address:
        yield address


@pytest.fixture
def hub(emulator: RunningEmulator) -> Iterator[Hub]:
    """A hub of this test's own, since the emulator is shared."""
    with calling(emulator, f"hub{uuid4().hex}") as hub:
        yield hub


@pytest.fixture(scope="module")
def impatient_emulator() -> Iterator[RunningEmulator]:
    """One that waits half a second for a client's result, and lets clients ask for streams."""
    options = ("--invoke-timeout", "0.5", "--client-messages", "ignore")
    with ServerProcess("-m", "emulator", "--port", "0", *options) as process:
        yield RunningEmulator(process, process.address)


@pytest.fixture
def impatient_hub(impatient_emulator: RunningEmulator) -> Iterator[Hub]:
    with calling(impatient_emulator, f"hub{uuid4().hex}") as hub:
        yield hub


@pytest.fixture(scope="module")
def spare() -> Iterator[Spare]:
    """Clients that no test uses now, by where they run: another process or window would take longer."""
    spare: Spare = defaultdict(list)
    yield spare
    for client in spare["node"]:  # a browser's end with the browser
        client.__exit__(None, None, None)


@pytest.fixture
def new_client(request: pytest.FixtureRequest, kind: Kind, spare: Spare) -> Iterator[NewClient]:
    """Take a client for the test; no browser may have complained by its end."""
    used: list[OfficialClient] = []
    needs = [request.getfixturevalue(name) for name in (["node"] if kind.place == "node" else ["browser", "page"])]

    def make() -> OfficialClient:
        return JavaScriptClient(*needs).__enter__() if kind.place == "node" else BrowserClient(*needs)

    def take() -> OfficialClient:
        used.append(spare[kind.place].pop() if spare[kind.place] else make())
        return used[-1]

    yield take
    texts = [text for client in used for text in getattr(client, "complaints", [])]
    for client in used:
        client.renew()
    spare[kind.place] += used
    assert [text for text in texts if text != LATE or kind.transport == "WebSockets"] == []


@pytest.fixture
def connect(new_client: NewClient, kind: Kind) -> Connect:
    """Connect a client of this kind to a hub."""

    def connected(hub: Hub, *, port: int | None = None, user: str | None = None, **options: Any) -> OfficialClient:
        access = hub.client_access(port=port, user=user, **options.pop("claims", {}))
        return new_client().connect(**access, transport=kind.transport, protocol=kind.protocol, **options)

    return connected


@every_kind
def test_every_kind_of_send_reaches_whom_it_is_for(connect: Connect, hub: Hub) -> None:
    alice, bob = connect(hub, user="alice"), connect(hub, user="bob")
    hub.do("PUT", f"/groups/readers/connections/{bob.connection_id}")
    hub.do("PUT", "/users/alice/groups/writers")
    hub.send("", "for all")
    hub.send("", "for all but alice", excluded=[alice.connection_id, "nobody"])
    hub.send("/users/alice", "for alice")
    hub.send(f"/connections/{bob.connection_id}", "for one connection")
    hub.send("/groups/readers", "for readers")
    hub.send("/groups/readers", "for readers but bob", excluded=bob.connection_id)
    hub.send("/groups/writers", "for writers")
    hub.send("", "the end")
    assert alice.messages(4) == [["for all"], ["for alice"], ["for writers"], ["the end"]]
    assert bob.messages(5) == [["for all"], ["for all but alice"], ["for one connection"], ["for readers"], ["the end"]]


@every_kind
def test_every_kind_of_body_arrives(connect: Connect, hub: Hub, kind: Kind) -> None:
    client = connect(hub)
    values: list[Any] = ["", "日本\u001e\n", None, True, -1.5, 2**53 - 1, {"deep": [[{}]]}, list(range(20))]
    hub.send("", *values)
    packed = msgpack.encode({"target": "newMessage", "arguments": [*values, b"\x00\xff"]})
    hub.do("POST", "/:send", packed, content_type="application/x-msgpack")
    hub.do("POST", "/:send", _ready_records(), content_type="application/octet-stream")
    assert client.message() == values
    assert client.message() == [*values, {"bytes": [0, 255]} if kind.protocol == "messagepack" else "AP8="]
    assert client.message() == [f"ready for {kind.protocol}"]


def _ready_records() -> bytes:
    """A message as the sender encoded it for clients of each hub protocol."""
    array = msgpack.encode([1, {}, None, "newMessage", ["ready for messagepack"], []])
    assert len(array) < 128  # then its length is one byte
    return msgpack.encode(
        {
            "json": b'{"type":1,"target":"newMessage","arguments":["ready for json"]}\x1e',
            "messagepack": bytes([len(array)]) + array,
        }
    )


@every_kind
def test_a_close_tells_its_reason_to_who_asked_for_details(connect: Connect, hub: Hub) -> None:
    curious, other = connect(hub, claims={"asrs.s.derror": "True"}), connect(hub)
    hub.do("POST", "/:closeConnections", reason="maintenance at noon")
    assert curious.expect("closed")["error"] == "Server returned an error on close: maintenance at noon"
    assert other.expect("closed")["error"] == "Server returned an error on close: Connection closed with an error."


@every_kind
def test_a_closed_client_comes_back_as_a_new_connection(connect: Connect, hub: Hub) -> None:
    client = connect(hub, user="alice", reconnectDelays=[0, 100, 1000])
    hub.do("DELETE", f"/connections/{client.connection_id}")
    client.expect("reconnecting")
    connection_id = client.expect("reconnected")["connectionId"]
    assert connection_id != client.connection_id
    hub.send(f"/connections/{client.connection_id}", "for the old connection")
    hub.send(f"/connections/{connection_id}", "for the new connection")
    hub.send("/users/alice", "still alice")
    assert client.messages(2) == [["for the new connection"], ["still alice"]]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.place == "node"], ids=str)
def test_a_client_whose_wire_is_cut_comes_back_as_a_new_connection(
    connect: Connect, hub: Hub, emulator: RunningEmulator
) -> None:
    with Wire(urlsplit(emulator.endpoint).port or 0) as wire:
        client = connect(hub, port=wire.port, user="alice", reconnectDelays=[0, 100, 1000])
        with wire.cut():
            client.expect("reconnecting")
        assert client.expect("reconnected")["connectionId"] != client.connection_id
        hub.send("/users/alice", "welcome back")
        assert client.message() == ["welcome back"]
        client.command("stop")
        client.expect("closed")


def invoke(hub: Hub, client: OfficialClient, *arguments: Any) -> Future[requests.Response]:
    """Ask a client for a result; its answer is still to be given."""
    body = {"target": "question", "arguments": arguments}
    return hub.call_meanwhile("POST", f"/connections/{client.connection_id}/:invoke", body)


@every_kind
def test_a_client_is_asked_for_results(connect: Connect, hub: Hub, kind: Kind) -> None:
    client = connect(hub, questions=["question"])
    for result in ["text", 0, None, {"nested": [1.5, "é"]}]:
        answer = invoke(hub, client, "what?", 1)
        assert client.expect("asked")["arguments"] == ["what?", 1]
        client.command("answer", result=result)
        assert (answer.result().status_code, answer.result().json()) == (
            200,
            {"result": result, "protocol": kind.protocol},
        )


@every_kind
def test_a_client_that_fails_or_does_not_answer_or_leaves_is_told_apart(connect: Connect, hub: Hub) -> None:
    client = connect(hub, questions=["question"])
    answer = invoke(hub, client)
    client.expect("asked")
    client.command("answer", error="no idea")
    assert _refusal(answer) == (400, "Error.Connection.InvocationFailed", "Error: no idea")
    answer = invoke(hub, client)
    client.expect("asked")
    client.command("answer")
    assert _refusal(answer) == (400, "Error.Connection.InvocationFailed", "Client didn't provide a result.")
    answer = invoke(hub, client)
    client.expect("asked")
    client.command("stop")
    gone = (404, "Error.Connection.NotExisted", f"There is no connection '{client.connection_id}'.")
    assert _refusal(answer) == gone
    assert _refusal(invoke(hub, client)) == gone


@every_kind
def test_a_client_that_takes_too_long_is_504_and_goes_on(connect: Connect, impatient_hub: Hub) -> None:
    client = connect(impatient_hub, questions=["question"])
    status, code, _ = _refusal(invoke(impatient_hub, client))
    assert (status, code) == (504, "Error.Connection.InvocationTimeout")
    client.expect("asked")
    client.command("answer", result="too late")
    impatient_hub.send("", "still here")
    assert client.message() == ["still here"]


def _refusal(answer: Future[requests.Response]) -> tuple[int, str, str]:
    response = answer.result()
    detail = response.json()
    assert response.headers["x-ms-error-code"] == detail["code"]
    return response.status_code, detail["code"], detail["message"]


@every_kind
@pytest.mark.parametrize(
    ("query", "end", "error"), [({}, "completed", None), ({"reason": "no more"}, "broken", "no more")]
)
def test_a_stream_that_a_client_asks_for_is_fed_by_rest(
    connect: Connect, impatient_hub: Hub, query: dict[str, str], end: str, error: str | None
) -> None:
    client = connect(impatient_hub)
    client.command("stream", target="counter")
    stream = f"/connections/{client.connection_id}/streams/0"  # the official client counts its invocations from 0
    items: list[Any] = [1, {"two": [2]}, "three"]
    for item in items:
        impatient_hub.do("POST", f"{stream}/:send", item)
    impatient_hub.do("POST", f"{stream}/:complete", **query)
    assert [client.expect("item")["item"] for _ in items] == items
    assert client.expect(end).get("error") == error


@every_kind_of_socket
def test_nothing_is_lost_or_doubled_when_its_socket_is_killed(
    connect: Connect, hub: Hub, emulator: RunningEmulator
) -> None:
    with Wire(urlsplit(emulator.endpoint).port or 0) as wire:
        client = connect(hub, port=wire.port, user="alice", statefulReconnect=True, questions=["question"])
        answer = invoke(hub, client)
        client.expect("asked")
        for number in range(90):
            if number % 30 == 15:
                sockets = wire.connections
                with wire.cut():
                    hub.send("/users/alice", number)
                    if number == 45:  # an answer that no socket can carry yet
                        client.command("answer", result="late but once")
            else:
                hub.send("/users/alice", number)
        assert client.messages(90) == [[number] for number in range(90)]
        assert wire.connections > sockets
        assert answer.result().json()["result"] == "late but once"
        hub.send(f"/connections/{client.connection_id}", "by its old name")
        assert client.message() == ["by its old name"]
        client.command("stop")
        client.expect("closed")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.place == "chromium"], ids=str)
def test_a_page_of_another_origin_passes_every_preflight(connect: Connect, hub: Hub) -> None:
    client = connect(hub, user="alice", logLevel="Warning")  # so that the client's own complaints show as well
    assert isinstance(client, BrowserClient)
    hub.send("/users/alice", "across origins")
    assert client.message() == ["across origins"]
    client.command("stop")
    client.expect("closed")
    assert client.preflights
    assert set(client.preflights) == {204}
