"""Client results: each invocation is done once, by its own connection alone."""

from __future__ import annotations

from emulator.client_results import ClientResults
from emulator.protocol.messages import Completion


class Heard(list[Completion | None]):
    """What an invocation ended with."""


def expect(results: ClientResults, connection_id: str, wanted_id: str | None = None) -> tuple[Heard, str]:
    heard = Heard()
    return heard, results.expect(connection_id, heard.append, wanted_id)


def test_a_completion_is_heard_by_the_invocation_it_names() -> None:
    results = ClientResults()
    (one, one_id), (other, other_id) = expect(results, "c"), expect(results, "c")
    assert one_id != other_id
    completion = Completion(other_id, result=1)
    results.completed("c", completion)
    assert (one, other) == ([], [completion])


def test_a_completion_is_heard_once() -> None:
    results = ClientResults()
    heard, invocation_id = expect(results, "c")
    for _ in range(2):
        results.completed("c", Completion(invocation_id))
    results.connection_left("c")
    assert len(heard) == 1


def test_another_connection_cannot_complete_an_invocation() -> None:
    results = ClientResults()
    heard, invocation_id = expect(results, "c")
    results.completed("d", Completion(invocation_id))
    results.completed("c", Completion("unknown"))
    assert heard == []


def test_a_connection_that_leaves_ends_its_invocations_and_no_others() -> None:
    results = ClientResults()
    (first, _), (second, _), (other, _) = expect(results, "c"), expect(results, "c"), expect(results, "d")
    results.connection_left("c")
    results.connection_left("nobody")
    assert (first, second, other) == ([None], [None], [])


def test_a_forgotten_invocation_hears_nothing_and_leaves_nothing_behind() -> None:
    results = ClientResults()
    heard, invocation_id = expect(results, "c")
    results.forget("c", invocation_id)
    results.forget("c", invocation_id)
    results.completed("c", Completion(invocation_id))
    results.connection_left("c")
    assert heard == []
    assert results._awaited == {}


def test_an_id_that_is_wanted_is_given_while_it_is_free() -> None:
    results = ClientResults()
    assert expect(results, "c", "1")[1] == "1"
    assert expect(results, "c", "1")[1] not in (None, "1")
    assert expect(results, "d", "1")[1] == "1"
    assert len({expect(results, "c")[1] for _ in range(5)} | {"1"}) == 6
