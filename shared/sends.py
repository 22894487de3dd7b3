"""Sends: the methods that reach clients: messages, invocations, streams and commands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from shared import operations
from shared.commands import Command
from shared.errors import HttpResponseError
from shared.filters import Filter
from shared.json_value import Default
from shared.many import MAX_IN_FLIGHT, ManyResults, Progress
from shared.message import Message, StreamItem
from shared.raw_message import RawMessage
from shared.results import InvocationResult
from shared.sender import HubMethods


class Sends(HubMethods):
    """A send to nobody is success. None is repeated unless it surely did not arrive: that could deliver twice."""

    def send_to_all(self, message: Message | RawMessage, *, excluded: Sequence[str] = ()) -> None:
        """Send to every connection of the hub but the `excluded` connection ids."""
        self._sender.send(operations.send_to_all(self._at, message, excluded=excluded))

    def send_to_user(self, user_id: str, message: Message | RawMessage) -> None:
        """Send to every connection of a user."""
        self._sender.send(operations.send_to_user(self._at, user_id, message))

    def send_to_group(self, group: str, message: Message | RawMessage, *, excluded: Sequence[str] = ()) -> None:
        """Send to every connection in a group but the `excluded` connection ids."""
        self._sender.send(operations.send_to_group(self._at, group, message, excluded=excluded))

    def send_to_connection(self, connection_id: str, message: Message | RawMessage) -> None:
        self._sender.send(operations.send_to_connection(self._at, connection_id, message))

    def send_to_users(
        self,
        user_ids: Iterable[str],
        message: Message | RawMessage,
        *,
        max_in_flight: int = MAX_IN_FLIGHT,
        progress: Progress | None = None,
    ) -> ManyResults:
        """Send to each of many users; iterate over the results, or call their `finish`."""
        operations.checked_message(message)
        return ManyResults(
            user_ids,
            lambda user_id: self.send_to_user(user_id, message),
            max_in_flight=max_in_flight,
            progress=progress,
        )

    def send_to_groups(
        self,
        groups: Iterable[str],
        message: Message | RawMessage,
        *,
        excluded: Sequence[str] = (),
        max_in_flight: int = MAX_IN_FLIGHT,
        progress: Progress | None = None,
    ) -> ManyResults:
        """Send to each of many groups; a connection that is in two of them receives twice."""
        operations.send_to_all(self._at, message, excluded=excluded)
        return ManyResults(
            groups,
            lambda group: self.send_to_group(group, message, excluded=excluded),
            max_in_flight=max_in_flight,
            progress=progress,
        )

    def send_to_connections(
        self,
        connection_ids: Iterable[str],
        message: Message | RawMessage,
        *,
        max_in_flight: int = MAX_IN_FLIGHT,
        progress: Progress | None = None,
    ) -> ManyResults:
        """Send to each of many connections; iterate over the results, or call their `finish`."""
        operations.checked_message(message)
        return ManyResults(
            connection_ids,
            lambda connection_id: self.send_to_connection(connection_id, message),
            max_in_flight=max_in_flight,
            progress=progress,
        )

    def invoke(self, connection_id: str, message: Message | RawMessage) -> InvocationResult:
        """Call a method of one client and wait for what it returns, at most the client's `read_timeout`.

        ResourceNotFoundError where there is no such connection; another HttpResponseError where the client fails.
        """
        body = self._sender.send(operations.invoke(self._at, connection_id, message))
        return _invocation_result(body or b"")

    def send_stream_item(
        self,
        connection_id: str,
        stream_id: str,
        item: Any,
        *,
        completed: bool = False,
        default: Default | None = None,
    ) -> None:
        """Send one item, a JSON value, to a stream that a client reads; `completed` ends the stream with it."""
        item = StreamItem(item, default=default)
        self._sender.send(operations.send_stream_item(self._at, connection_id, stream_id, item, completed=completed))

    def complete_stream(self, connection_id: str, stream_id: str, *, reason: str | None = None) -> None:
        """End a stream; with a `reason` it ends as failed."""
        self._sender.send(operations.complete_stream(self._at, connection_id, stream_id, reason=reason))

    def execute(self, commands: Command | Sequence[Command], *, where: Filter | str | None = None) -> None:
        """Carry out commands on the connections that the filter chooses; on all of the hub without one."""
        self._sender.send(operations.execute(self._at, commands, where=where))


def _invocation_result(body: bytes) -> InvocationResult:
    try:
        answer = json.loads(body)
        return InvocationResult(answer.get("result"), answer.get("protocol"))
    except (ValueError, AttributeError):
        raise HttpResponseError(200, "the answer to invoke is no JSON object; check the endpoint") from None
