"""A sender: what carries out the calls of a client, one Resource or a Router to several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from shared.client_tokens import ClientAccessToken
from shared.operation import HubPaths, Operation

if TYPE_CHECKING:
    from shared.resource import Resource


class Sender(Protocol):
    """Thread-safe; `names` are its endpoints, and `online` the resources to ask where every one of them matters."""

    @property
    def names(self) -> Sequence[str]: ...

    def send(self, operation: Operation) -> bytes | None: ...

    def online(self) -> Sequence[Resource]: ...

    def client_access_token(
        self, hub: HubPaths, user_id: str | None, lifetime: timedelta, claims: Mapping[str, Any] | None
    ) -> ClientAccessToken: ...

    def close(self) -> None: ...


class HubMethods:
    """What all methods of a client stand on: the paths of its hub, and what carries out its calls."""

    _at: HubPaths
    _sender: Sender
