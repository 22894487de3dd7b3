"""Stateful reconnect's books: what is kept, what is repeated, what counts as new."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.outgoing import OutgoingMessage
from emulator.protocol.errors import ProtocolError
from emulator.protocol.json_protocol import JsonProtocol
from emulator.replay import Replay
from tests.emulator.offline import invocation


def with_sent(count: int, size: int = 10) -> tuple[Replay, list[OutgoingMessage]]:
    replay = Replay()
    messages = [invocation(str(number)) for number in range(1, count + 1)]
    for message in messages:
        replay.sent(message, size)
    return replay, messages


def told(message: OutgoingMessage | None) -> bytes | None:
    return None if message is None else message.record(JsonProtocol())


@pytest.mark.parametrize(
    ("acknowledged", "oldest"),
    [([], 1), ([0], 1), ([1], 2), ([2], 3), ([3], 4), ([2, 1], 3), ([1, 2, 3], 4), ([99], 4), ([-5], 1)],
)
def test_resuming_tells_the_oldest_unacknowledged_number_and_repeats_from_there(
    acknowledged: list[int], oldest: int
) -> None:
    replay, messages = with_sent(3)
    for sequence_id in acknowledged:
        replay.acknowledge(sequence_id)
    sequence, *repeated = replay.resume()
    assert told(sequence) == b'{"type":9,"sequenceId":%d}\x1e' % oldest
    assert repeated == messages[oldest - 1 :]


def test_the_bytes_that_are_kept_are_those_of_unacknowledged_messages() -> None:
    replay = Replay()
    for size in (1, 20, 300):
        replay.sent(invocation(), size)
    kept = [replay.kept_bytes]
    for sequence_id in (1, 1, 2, 3):
        replay.acknowledge(sequence_id)
        kept.append(replay.kept_bytes)
    assert kept == [321, 320, 320, 300, 0]


def test_numbers_go_on_after_resuming() -> None:
    replay, _ = with_sent(2)
    replay.acknowledge(2)
    assert told(replay.resume()[0]) == b'{"type":9,"sequenceId":3}\x1e'
    replay.sent(invocation(), 1)
    assert told(replay.resume()[0]) == b'{"type":9,"sequenceId":3}\x1e'
    replay.acknowledge(3)
    assert told(replay.resume()[0]) == b'{"type":9,"sequenceId":4}\x1e'


def test_what_comes_is_acknowledged_once_by_its_newest_number() -> None:
    replay = Replay()
    assert told(replay.due_acknowledgement()) is None
    assert [replay.is_new() for _ in range(3)] == [True] * 3
    assert told(replay.due_acknowledgement()) == b'{"type":8,"sequenceId":3}\x1e'
    assert told(replay.due_acknowledgement()) is None


@pytest.mark.parametrize(("sequence_id", "new"), [(1, [False, False, True]), (2, [False, True]), (3, [True])])
def test_what_is_repeated_from_a_number_on_counts_once(sequence_id: int, new: list[bool]) -> None:
    replay = Replay()
    for _ in range(2):
        assert replay.is_new()
    replay.resume()
    replay.receive_sequence(sequence_id)
    assert [replay.is_new() for _ in new] == new
    assert told(replay.due_acknowledgement()) == b'{"type":8,"sequenceId":3}\x1e'


def test_before_the_other_side_told_its_number_nothing_counts() -> None:
    replay = Replay()
    replay.resume()
    assert not replay.is_new()
    replay.receive_sequence(1)
    assert replay.is_new()


@pytest.mark.parametrize("received", [0, 2])
def test_a_gap_means_that_messages_were_lost(received: int) -> None:
    replay = Replay()
    for _ in range(received):
        replay.is_new()
    replay.resume()
    with pytest.raises(ProtocolError, match=f"goes on at {received + 2}, but {received + 1} has not come"):
        replay.receive_sequence(received + 2)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["send", "deliver", "acknowledge", "break"]), max_size=60))
def test_whatever_breaks_nothing_is_lost_and_nothing_doubled(steps: list[str]) -> None:
    """Two sides and a wire between them that drops all it holds when it breaks."""
    sender, receiver = Replay(), Replay()
    wire: list[OutgoingMessage] = []
    sent: list[OutgoingMessage] = []
    received: list[OutgoingMessage] = []

    def deliver(message: OutgoingMessage) -> None:
        if receiver.is_new():
            received.append(message)

    for step in [*steps, "break", *["deliver"] * (len(steps) + 1)]:
        if step == "send":
            sent.append(invocation())
            sender.sent(sent[-1], 1)
            wire.append(sent[-1])
        elif step == "deliver" and wire:
            deliver(wire.pop(0))
        elif step == "acknowledge":
            sender.acknowledge(receiver._received)
            assert sender.kept_bytes == len(sent) - len(received)
        elif step == "break":
            sequence, *wire = sender.resume()
            receiver.resume()
            receiver.receive_sequence(len(sent) - len(wire) + 1)
            assert told(sequence) == b'{"type":9,"sequenceId":%d}\x1e' % (len(sent) - len(wire) + 1)
    assert received == sent
