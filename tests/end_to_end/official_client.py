"""What tests do with an official client, wherever it runs: command it, and listen to what happens to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

LIMIT_SECONDS = 15


class OfficialClient(ABC):
    """One SignalR connection of `@microsoft/signalr`.

    What happens to it is a stream of events, each `{"event": <name>, …}`: connected, message, asked, item, completed,
    broken, reconnecting, reconnected, closed, sent, result, renewed, failed. `expect` takes the next and insists on its
    name, so that a message that should not have come fails the test that did not expect it.
    """

    connection_id = ""

    @abstractmethod
    def command(self, command: str, **parameters: Any) -> None:
        """Have it do something, without waiting until it is done."""

    @abstractmethod
    def next_event(self) -> dict[str, Any]:
        """The next event; AssertionError where nothing happens in time."""

    def connect(self, url: str, *, targets: Sequence[str] = ("newMessage",), **options: Any) -> Self:
        """Connect and wait until connected; `options` are those of the script's command."""
        self.command("connect", url=url, targets=targets, **options)
        self.connection_id = self.expect("connected")["connectionId"]
        return self

    def renew(self) -> None:
        """End the connection and pass over whatever happened, so that another can be made."""
        self.command("renew")
        while self.next_event()["event"] != "renewed":
            pass

    def expect(self, event: str) -> dict[str, Any]:
        """The next event, which must be one of this name."""
        happened = self.next_event()
        assert happened["event"] == event, happened
        return happened

    def message(self) -> list[Any]:
        """The arguments of the next message."""
        arguments = self.expect("message")["arguments"]
        assert isinstance(arguments, list)
        return arguments

    def messages(self, count: int) -> list[list[Any]]:
        return [self.message() for _ in range(count)]
