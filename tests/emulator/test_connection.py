"""A connection: its handshake, its messages and its end, in every state."""

from __future__ import annotations

import pytest

from emulator.client_settings import ClientSettings
from emulator.connection import LARGEST_MESSAGE_BYTES, UNDETAILED_ERROR, Connection, State
from emulator.outgoing import ReadyRecords
from emulator.protocol.messages import Invocation, Ping
from tests.emulator.offline import HANDSHAKE, HANDSHAKE_2, MemoryTransport, OfflineService, invocation

NO_HANDSHAKE = "An unexpected error occurred during connection handshake."


@pytest.fixture
def service() -> OfflineService:
    return OfflineService()


def test_handshake_is_taken_byte_by_byte(service: OfflineService) -> None:
    client = service.attached()
    for byte in HANDSHAKE[:-1]:
        service.receive(client, bytes([byte]))
        assert client.connection.state is State.HANDSHAKE
    assert client.transport.writes == []
    service.receive(client, HANDSHAKE[-1:])
    assert client.connection.state is State.OPEN
    assert client.transport.writes == [b"{}\x1e"]


def test_first_message_may_come_with_the_handshake(service: OfflineService) -> None:
    client = service.attached()
    service.receive(client, HANDSHAKE + b'{"type":6}\x1e{"type":7}\x1e')
    assert client.transport.take() == [{}, {"type": 7}]
    assert client.transport.is_closed


def test_a_connection_is_in_the_hub_only_after_its_handshake(service: OfflineService) -> None:
    client = service.attached()
    assert service.hub.connections == {}
    service.receive(client, HANDSHAKE)
    assert list(service.hub.connections) == [client.connection_id]


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (b'{"protocol":"smoke","version":1}\x1e', "The protocol 'smoke' is not supported."),
        (b'{"protocol":"json","version":3}\x1e', "The server does not support version 3 of the 'json' protocol."),
        (b'{"protocol":"JSON","version":0}\x1e', "The server does not support version 0 of the 'json' protocol."),
        (b"nonsense\x1e", NO_HANDSHAKE),
        (b"\x1e", NO_HANDSHAKE),
        (b'{"type":6}\x1e', NO_HANDSHAKE),
        (b"\xff\xfe\x1e", NO_HANDSHAKE),
        (b"[" * 4000 + b"\x1e", NO_HANDSHAKE),
        (b"x" * 4097, "Handshake was canceled."),
    ],
)
def test_handshake_is_refused_with_a_reason(service: OfflineService, request_: bytes, error: str) -> None:
    client = service.attached()
    service.receive(client, request_)
    assert client.transport.take() == [{"error": error}]
    assert client.transport.is_closed
    assert service.hub.connections == {}


def test_what_follows_a_refused_handshake_is_not_read(service: OfflineService) -> None:
    client = service.attached()
    service.receive(client, b"nonsense\x1e" + HANDSHAKE)
    client.connection.receive_data(HANDSHAKE, service.clock())
    assert client.connection.state is State.CLOSING
    assert client.transport.take() == [{"error": NO_HANDSHAKE}]


def test_a_message_may_come_in_pieces_and_several_at_once() -> None:
    heard = Heard()
    connection = heard.opened_connection()
    for piece in (b'{"type":1,"target":"a","argu', b'ments":[]}\x1e{"type":6}\x1e{"ty', b'pe":6}\x1e'):
        connection.receive_data(piece, 0)
    assert heard.messages == [Invocation("a", []), Ping(), Ping()]


def test_a_client_that_says_close_is_answered_and_let_go(service: OfflineService) -> None:
    client = service.opened()
    service.receive(client, b'{"type":7,"error":"bye"}\x1e{"type":1,"target":"a","arguments":[]}\x1e')
    assert client.transport.take() == [{"type": 7}]
    assert client.transport.is_closed


MALFORMED = [
    b"nonsense\x1e",
    b"\x1e",
    b"[]\x1e",
    b'{"type":1}\x1e',
    b'{"type":"1","target":"a","arguments":[]}\x1e',
    b'{"type":3,"invocationId":"1","error":"e","result":1}\x1e',
    b'{"type":1,"target":"\xff","arguments":[]}\x1e',
    b"[" * 100_000 + b"\x1e",
]


@pytest.mark.parametrize("record", MALFORMED)
def test_malformed_message_closes_the_connection(service: OfflineService, record: bytes) -> None:
    client = service.opened()
    service.receive(client, record)
    assert client.transport.take() == [{"type": 7, "error": UNDETAILED_ERROR, "allowReconnect": True}]
    assert client.transport.is_closed


@pytest.mark.parametrize("derror", ["True", "true", True])
def test_malformed_message_is_explained_where_the_token_asks_for_details(
    service: OfflineService, derror: str | bool
) -> None:
    client = service.opened(claims={"asrs.s.derror": derror})
    service.receive(client, b'{"type":1}\x1e')
    error = client.transport.take()[0]["error"]
    assert error.startswith(UNDETAILED_ERROR + " ")
    assert "target" in error


def test_a_message_that_never_ends_is_too_long(service: OfflineService) -> None:
    client = service.opened(claims={"asrs.s.derror": "True"})
    service.receive(client, b"x" * LARGEST_MESSAGE_BYTES)
    assert client.connection.state is State.OPEN
    service.receive(client, b"x")
    assert f"more than {LARGEST_MESSAGE_BYTES} bytes" in client.transport.take()[0]["error"]
    assert client.transport.is_closed


@pytest.mark.parametrize(
    ("derror", "reason", "error"),
    [
        ("True", "maintenance", "maintenance"),
        ("True", None, None),
        ("True", "", None),
        ("False", "maintenance", UNDETAILED_ERROR),
        ("", "maintenance", UNDETAILED_ERROR),
        ("", None, None),
    ],
)
def test_reason_of_a_close_is_shown_only_where_the_token_asks_for_details(
    service: OfflineService, derror: str, reason: str | None, error: str | None
) -> None:
    client = service.opened(claims={"asrs.s.derror": derror})
    client.connection.close_with_reason(reason)
    service.flush()
    close = client.transport.take()[0]
    assert close.pop("error", None) == error
    assert close == {"type": 7, "allowReconnect": True}


def test_close_follows_what_was_sent_before_it(service: OfflineService) -> None:
    client = service.opened()
    client.connection.send(invocation("a"))
    client.connection.close()
    assert not client.transport.is_closed
    service.flush()
    assert [message["type"] for message in client.transport.take()] == [1, 7]
    assert client.transport.is_closed


def test_close_before_the_transport_forgets_the_connection(service: OfflineService) -> None:
    connection = service.service.negotiate("chat", None, {})
    connection.close("late")
    assert connection.state is State.CLOSED
    assert service.service.connection(connection.connection_token, "chat") is None


def test_close_before_the_handshake_drops_the_transport_without_a_word(service: OfflineService) -> None:
    client = service.attached()
    client.connection.close("late")
    service.flush()
    assert client.transport.is_closed
    assert client.transport.writes == []


def test_close_is_told_once(service: OfflineService) -> None:
    client = service.opened()
    client.connection.close("first")
    client.connection.close("second")
    service.flush()
    assert [message["error"] for message in client.transport.take()] == ["first"]
    service.lose(client)
    client.connection.close("third")
    service.flush()
    assert client.connection.state is State.CLOSED
    assert client.transport.writes == []


@pytest.mark.parametrize("state", [State.HANDSHAKE, State.OPEN])
def test_a_lost_transport_ends_the_connection(state: State) -> None:
    heard = Heard()
    connection = heard.connection() if state is State.HANDSHAKE else heard.opened_connection()
    heard.lose(connection, "reset")
    connection.give_up("again")
    assert connection.state is State.CLOSED
    assert (heard.left, heard.ended) == (["reset"], [connection])


def test_the_hub_hears_of_an_end_once() -> None:
    heard = Heard()
    connection = heard.opened_connection()
    connection.close("enough")
    assert (heard.left, heard.ended) == (["enough"], [])
    heard.lose(connection, "reset")
    assert (heard.left, heard.ended) == (["enough"], [connection])


def test_what_was_queued_for_a_lost_transport_is_dropped(service: OfflineService) -> None:
    client = service.opened()
    client.connection.send(invocation())
    service.lose(client)
    service.flush()
    assert client.transport.writes == []


@pytest.mark.parametrize("state", [State.CLOSING, State.CLOSED])
def test_a_transport_that_opens_too_late_is_closed(service: OfflineService, state: State) -> None:
    client = service.opened_with_reconnect()
    client.connection.close()
    if state is State.CLOSED:
        service.flush()
        service.lose(client)
    assert client.connection.state is state
    late = service.transport()
    client.connection.attach(late, service.clock())
    service.flush()
    assert late.is_closed
    assert late.writes == []


def test_bytes_after_the_end_are_not_kept(service: OfflineService) -> None:
    client = service.opened()
    client.connection.close()
    client.connection.receive_data(b"x" * 1000, service.clock())
    assert client.connection._buffer == b""


def test_what_comes_before_the_transport_waits_for_it_and_is_bounded(service: OfflineService) -> None:
    early, greedy = (service.service.negotiate("chat", None, {}) for _ in range(2))
    early.receive_data(HANDSHAKE, service.clock())
    assert service.hub.connections == {}
    early.attach(service.transport(), service.clock())
    assert service.hub.connections == {early.connection_id: early}
    greedy.receive_data(b"x" * LARGEST_MESSAGE_BYTES, service.clock())
    assert service.service.connection(greedy.connection_token, "chat") is greedy
    greedy.receive_data(b"x", service.clock())
    assert service.service.connection(greedy.connection_token, "chat") is None


def test_a_new_transport_takes_the_old_ones_place_and_the_old_ones_loss_is_none(service: OfflineService) -> None:
    client = service.opened_with_reconnect()
    old = client.transport
    client.connection.send(invocation("a"))
    service.reattach(client)
    assert old.is_closed
    assert old.writes == []
    assert [message.get("target") for message in client.transport.take()] == [None, "a"]
    client.connection.transport_lost(old, service.clock(), clean=True)
    assert client.connection.can_resume
    assert client.connection.transport is client.transport


def test_half_a_message_of_the_old_transport_is_forgotten(service: OfflineService) -> None:
    client = service.opened_with_reconnect()
    service.receive(client, b'{"type":1,"target":')
    service.lose(client)
    service.reattach(client)
    service.receive(client, b'{"type":9,"sequenceId":1}\x1e{"type":6}\x1e')
    assert client.connection.state is State.OPEN


@pytest.mark.parametrize(
    ("may_reconnect", "handshake", "can_be_replaced"),
    [(False, HANDSHAKE_2, True), (True, HANDSHAKE, True), (True, HANDSHAKE_2, False)],
)
def test_stateful_reconnect_needs_the_wish_version_2_and_a_websocket(
    service: OfflineService, may_reconnect: bool, handshake: bytes, can_be_replaced: bool
) -> None:
    client = service.attached(may_reconnect=may_reconnect)
    client.transport.can_be_replaced = can_be_replaced
    service.receive(client, handshake)
    assert list(service.hub.connections) == [client.connection_id]
    assert not client.connection.can_resume
    service.lose(client)
    assert client.connection.state is State.CLOSED


@pytest.mark.parametrize(("clean", "state"), [(True, State.CLOSED), (False, State.OPEN)])
def test_a_transport_that_ends_in_order_ends_the_connection(service: OfflineService, clean: bool, state: State) -> None:
    client = service.opened_with_reconnect()
    service.lose(client, clean=clean)
    assert client.connection.state is state


def test_a_connection_that_is_given_up_closes_its_transport(service: OfflineService) -> None:
    client = service.opened()
    client.connection.give_up()
    assert client.transport.is_closed


@pytest.mark.parametrize("client_opens", ["opened", "opened_with_reconnect"])
def test_a_message_with_nothing_for_this_hub_protocol_is_neither_written_nor_counted(client_opens: str) -> None:
    service = OfflineService()
    client = getattr(service, client_opens)()
    sent_at = client.connection.last_sent
    service.clock.advance(1)
    service.hub.send_to_all(ReadyRecords({"messagepack": b"\x02\x91\x06"}))
    service.flush()
    assert client.transport.writes == []
    assert client.connection.last_sent == sent_at
    assert client.connection.unacknowledged_bytes == 0
    service.hub.send_to_all(invocation("a"))
    service.flush()
    assert [message["target"] for message in client.transport.take()] == ["a"]


class Heard:
    """Hears what happens to the connections that it makes."""

    def __init__(self) -> None:
        self._service = OfflineService()
        self.opened: list[Connection] = []
        self.messages: list[object] = []
        self.left: list[str | None] = []
        self.ended: list[Connection] = []

    def connection_opened(self, connection: Connection) -> None:
        self.opened.append(connection)

    def message_received(self, connection: Connection, message: object) -> None:  # noqa: ARG002 - as called
        self.messages.append(message)

    def connection_left(self, connection: Connection, error: str | None) -> None:  # noqa: ARG002 - as called
        self.left.append(error)

    def connection_ended(self, connection: Connection) -> None:
        self.ended.append(connection)

    def lose(self, connection: Connection, error: str) -> None:
        assert connection.transport is not None
        connection.transport_lost(connection.transport, 0, error, clean=False)

    def connection(self) -> Connection:
        connection = Connection(
            connection_id="id",
            connection_token="secret",
            hub_name="chat",
            user_id=None,
            settings=ClientSettings(),
            outbox=self._service.outbox,
            events=self,
            now=0,
        )
        connection.attach(MemoryTransport({}), 0)
        return connection

    def opened_connection(self) -> Connection:
        connection = self.connection()
        connection.receive_data(HANDSHAKE, 0)
        assert self.opened == [connection]
        return connection
