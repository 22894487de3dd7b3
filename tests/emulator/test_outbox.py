"""The outbox: one encoding, one frame and one write for what many connections send."""

from __future__ import annotations

import pytest

from emulator.outbox import Outbox
from emulator.outgoing import Framing, OutgoingMessage, ReadyRecord
from emulator.protocol.json_protocol import JsonProtocol
from emulator.protocol.messages import Ping
from emulator.transports.websockets.framing import text_frame
from tests.emulator.offline import OfflineService, invocation


class CountingProtocol(JsonProtocol):
    """The hub protocol `json`, counting how often it encodes."""

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, message: object) -> bytes:  # noqa: ARG002 - the protocol's own signature
        self.encoded += 1
        return b"encoded"


def test_a_message_is_encoded_and_framed_once_for_many_connections() -> None:
    protocol = CountingProtocol()
    framing = Framing(protocol, text_frame)
    message = invocation()
    frames = [message.frame(framing) for _ in range(100)]
    assert protocol.encoded == 1
    assert frames[0] == b"\x81\x07encoded"
    assert all(frame is frames[0] for frame in frames)


def test_each_framing_has_a_frame_of_its_own() -> None:
    message = OutgoingMessage(Ping())
    protocol = JsonProtocol()
    framed, bare = Framing(protocol, text_frame), Framing(protocol, bytes)
    assert message.frame(bare) == b'{"type":6}\x1e'
    assert message.frame(framed) == b'\x81\x0b{"type":6}\x1e'


def test_a_ready_record_is_the_same_in_every_protocol() -> None:
    assert ReadyRecord(b"{}\x1e").frame(Framing(CountingProtocol(), bytes)) == b"{}\x1e"


def test_every_connection_is_written_the_same_bytes() -> None:
    service = OfflineService()
    clients = [service.opened() for _ in range(10)]
    service.hub.send_to_all(invocation("a"))
    service.flush()
    first = clients[0].transport.writes
    assert len(first) == 1
    assert all(client.transport.writes[0] is first[0] for client in clients)


def test_messages_of_one_turn_are_joined_once_and_written_once() -> None:
    service = OfflineService()
    clients = [service.opened() for _ in range(10)]
    for target in ("a", "b", "c"):
        service.hub.send_to_all(invocation(target))
    service.flush()
    first = clients[0].transport.writes
    assert [len(client.transport.writes) for client in clients] == [1] * len(clients)
    assert all(client.transport.writes[0] is first[0] for client in clients)
    assert [message["target"] for message in clients[0].transport.take()] == ["a", "b", "c"]


def test_connections_with_other_messages_are_written_their_own() -> None:
    service = OfflineService()
    ann, bob = service.opened("ann"), service.opened("bob")
    service.hub.send_to_user("ann", invocation("a"))
    service.hub.send_to_all(invocation("b"))
    service.hub.send_to_user("bob", invocation("c"))
    service.flush()
    assert [message["target"] for message in ann.transport.take()] == ["a", "b"]
    assert [message["target"] for message in bob.transport.take()] == ["b", "c"]


def test_turns_are_not_joined() -> None:
    service = OfflineService()
    client = service.opened()
    for target in ("a", "b"):
        service.hub.send_to_all(invocation(target))
        service.flush()
    assert len(client.transport.writes) == 2


def test_the_event_loop_is_woken_once_a_turn() -> None:
    service = OfflineService()
    clients = [service.opened() for _ in range(5)]
    woken = service.wakes
    for _ in range(3):
        service.hub.send_to_all(invocation())
    assert service.wakes == woken + 1
    service.flush()
    service.hub.send_to_connection(clients[0].connection_id, invocation())
    assert service.wakes == woken + 2


def test_flushing_nothing_writes_nothing() -> None:
    service = OfflineService()
    client = service.opened()
    service.flush()
    Outbox(lambda: None).flush(0)
    assert client.transport.writes == []


def test_a_connection_that_cannot_be_written_to_costs_no_other_its_message(caplog: pytest.LogCaptureFixture) -> None:
    service = OfflineService()
    clients = [service.opened() for _ in range(3)]
    clients[1].transport.close()  # to which nothing may be written
    service.hub.send_to_all(invocation("a"))
    service.flush()
    assert [len(client.transport.take()) for client in clients] == [1, 0, 1]
    assert f"a message to connection {clients[1].connection_id} failed" in caplog.text
