"""Outgoing messages: encoded once per hub protocol, framed once per transport."""

from __future__ import annotations

from emulator.outgoing import Framing, OutgoingMessage, ReadyRecord, ReadyRecords
from emulator.protocol.json_protocol import JsonProtocol
from emulator.protocol.messages import Close, HubMessage, Invocation
from emulator.protocol.registry import PROTOCOLS
from emulator.transports.websockets.framing import framing as in_frames
from tests.emulator.offline import OfflineService

JSON = Framing(PROTOCOLS["json"], lambda record: b"<" + record + b">")
MESSAGEPACK = Framing(PROTOCOLS["messagepack"], lambda record: b"<" + record + b">")


class CountingProtocol(JsonProtocol):
    """Counts how often it encodes."""

    encoded = 0

    def encode(self, message: HubMessage) -> bytes:
        self.encoded += 1
        return super().encode(message)


def message(content: HubMessage) -> OutgoingMessage:
    return OutgoingMessage(content)


def test_a_message_is_encoded_when_it_is_first_wanted_and_then_never_again() -> None:
    protocol = CountingProtocol()
    one, other = Framing(protocol, lambda record: b"<" + record), Framing(protocol, lambda record: record + b">")
    sent = message(Invocation("t", []))
    assert protocol.encoded == 0
    assert sent.frame(one) is sent.frame(one)
    assert sent.frame(other)[:-1] == sent.frame(one)[1:]
    assert protocol.encoded == 1


def test_each_protocol_gets_its_own_encoding() -> None:
    sent = message(Invocation("t", []))
    assert sent.frame(JSON) == b'<{"type":1,"target":"t","arguments":[]}\x1e>'
    assert sent.frame(MESSAGEPACK) == b"<\x08\x96\x01\x80\xc0\xa1t\x90\x90>"


def test_json_goes_in_text_frames_and_messagepack_in_binary_ones() -> None:
    assert message(Close()).frame(in_frames(PROTOCOLS["json"]))[0] == 0x81
    assert message(Close()).frame(in_frames(PROTOCOLS["messagepack"]))[0] == 0x82


def test_what_is_for_repeating_is_counted() -> None:
    assert message(Invocation("t", [])).is_counted
    assert not message(Close()).is_counted
    assert not ReadyRecord(b"{}\x1e").is_counted
    assert ReadyRecords({"json": b"{}\x1e"}).is_counted


def test_ready_records_are_framed_as_they_are_and_the_missing_one_not_at_all() -> None:
    ready = ReadyRecords({"json": b"anything"})
    assert ready.frame(JSON) == b"<anything>"
    assert ready.frame(MESSAGEPACK) == b""
    assert ReadyRecord(b"anything").frame(MESSAGEPACK) == b"<anything>"


def test_a_client_gets_nothing_of_a_record_for_another_protocol() -> None:
    service = OfflineService()
    client = service.opened()
    service.hub.send_to_all(ReadyRecords({"messagepack": b"record"}))
    service.flush()
    assert client.transport.writes == []


def test_a_closing_client_that_got_nothing_last_is_closed_all_the_same() -> None:
    service = OfflineService()
    client = service.opened()
    service.hub.send_to_all(ReadyRecords({"messagepack": b"record"}))
    client.connection.close()
    service.flush()
    assert client.transport.take() == [{"type": 7, "allowReconnect": True}]
    assert client.transport.is_closed


def test_a_record_for_another_protocol_is_not_counted_for_a_reconnect() -> None:
    service = OfflineService()
    client = service.opened_with_reconnect()
    service.hub.send_to_all(ReadyRecords({"messagepack": b"record"}))
    service.hub.send_to_all(message(Invocation("first", [])))
    service.flush()
    assert client.transport.take() == [{"type": 1, "target": "first", "arguments": []}]
    service.receive(client, b'{"type":8,"sequenceId":1}\x1e')
    service.lose(client)
    service.reattach(client)
    assert client.transport.take() == [{"type": 9, "sequenceId": 2}]
