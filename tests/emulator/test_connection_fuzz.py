"""Any bytes, in any pieces, at any time, to a connection: no exception, bounded memory, books in order."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.connection import LARGEST_MESSAGE_BYTES, State
from emulator.options import ClientMessages, Options
from tests.emulator.offline import HANDSHAKE, HANDSHAKE_2, OfflineClient, OfflineService, invocation

MESSAGEPACK = b'{"protocol":"messagepack","version":2}\x1e'

_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_properties = st.sampled_from(
    ["type", "target", "arguments", "invocationId", "error", "result", "item", "headers", "sequenceId", "streamIds"]
)
# Objects that are nearly hub messages: the right properties, the wrong values.
_almost = st.dictionaries(_properties, st.integers(-1, 10) | _json_values, max_size=6).map(
    lambda message: json.dumps(message).encode() + b"\x1e"
)
_sound = st.sampled_from(
    [
        b'{"type":1,"target":"a","arguments":[]}\x1e',
        b'{"type":3,"invocationId":"1"}\x1e',
        b'{"type":6}\x1e',
        b'{"type":7}\x1e',
        b'{"type":8,"sequenceId":1}\x1e',
        b'{"type":9,"sequenceId":1}\x1e',
        b"\x02\x91\x06",
        b"\x03\x92\x08\x01",
        b"\x03\x92\x09\x01",
        b"\x08\x96\x01\x80\xc0\xa1a\x90\x90",
    ]
)
_noise = st.binary(max_size=40) | st.sampled_from([b"\x1e", b"\xff" * 5, b"[" * 2000 + b"\x1e", b"x" * 5000, b"\x00"])
_first = st.sampled_from([b"", HANDSHAKE, HANDSHAKE_2, MESSAGEPACK])
_data = st.lists(_sound | _almost | _noise, max_size=8).map(b"".join)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def assert_sound(service: OfflineService, client: OfflineClient) -> None:
    connection = client.connection
    is_in_hub = connection.connection_id in service.hub.connections
    assert is_in_hub is (connection.state is State.OPEN)
    assert len(connection._buffer) <= LARGEST_MESSAGE_BYTES
    if connection.state in (State.CLOSING, State.CLOSED):
        assert client.transport.is_closed or connection.transport is None
    known = service.service.connection(connection.connection_token, "chat")
    assert (known is None) is (connection.state is State.CLOSED)


@settings(max_examples=400, deadline=None)
@given(
    first=_first, data=_data, cuts=st.lists(st.integers(0, 10_000), max_size=4), choice=st.sampled_from(ClientMessages)
)
def test_any_bytes_in_any_pieces_are_taken(first: bytes, data: bytes, cuts: list[int], choice: ClientMessages) -> None:
    service = OfflineService(Options(client_messages=choice))
    client = service.attached("ann", may_reconnect=True)
    for piece in pieces(first + data, cuts):
        service.receive(client, piece)
        if client.connection.state is not State.CLOSING:
            assert_sound(service, client)
    service.tick(1)


@settings(max_examples=200, deadline=None)
@given(first=_first, data=_data, cuts=st.lists(st.integers(0, 10_000), min_size=1, max_size=4))
def test_pieces_make_no_difference(first: bytes, data: bytes, cuts: list[int]) -> None:
    outcomes = []
    for parts in ([first + data], pieces(first + data, cuts)):
        service = OfflineService(Options(client_messages=ClientMessages.IGNORE))
        client = service.attached(may_reconnect=True, claims={"asrs.s.derror": "true"})
        for part in parts:
            service.receive(client, part)
        outcomes.append((client.connection.state, b"".join(client.transport.writes)))
    assert outcomes[0] == outcomes[1]


_steps = st.lists(
    _sound
    | _noise
    | st.sampled_from(
        ["send", "lose", "lose cleanly", "come back", "close", "tick", "half a minute", "a day", "leave"]
    ),
    max_size=30,
)


@settings(max_examples=400, deadline=None)
@given(first=st.sampled_from([HANDSHAKE, HANDSHAKE_2, MESSAGEPACK]), steps=_steps)
def test_whatever_happens_in_whatever_order_the_books_stay_in_order(first: bytes, steps: list[str | bytes]) -> None:
    service = OfflineService(Options(client_messages=ClientMessages.IGNORE, most_unsent_bytes=500))
    client = service.attached("ann", may_reconnect=True)
    service.receive(client, first)
    for step in steps:
        do(step, service, client)
        service.flush()
        assert_sound(service, client)
    service.service.close_all()
    service.flush()
    if client.connection.transport is not None:
        service.lose(client)
    assert service.service._by_token == {}
    assert service.hub.counts() == {"connections": 0, "users": 0, "groups": 0}


def do(step: str | bytes, service: OfflineService, client: OfflineClient) -> None:
    connection = client.connection
    if isinstance(step, bytes):
        service.receive(client, step)
    elif step == "send":
        service.hub.send_to_user("ann", invocation("a", "x" * 100))
    elif step in ("lose", "lose cleanly"):
        service.lose(client, clean=step == "lose cleanly")
    elif step == "come back":
        if connection.can_resume or connection.state is State.CLOSED:
            service.reattach(client)
    elif step == "close":
        service.hub.close_connection(client.connection_id, "enough")
    elif step == "leave":
        connection.give_up()
    else:
        service.tick({"tick": 1, "half a minute": 30.1, "a day": 86_400}[step])
