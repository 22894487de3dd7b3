"""An operation: one REST call as a value that knows nothing of sending, and the paths that it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, urlencode

from shared.parameters import checked_group, checked_hub, checked_id

Query = tuple[tuple[str, str], ...]
ApiVersion = Literal["1.0", "2024-12-01"]
# Where several service endpoints are called: each must do it, or the first yes counts, or the one that knows the
# connection does it.
Scope = Literal["each", "any", "one"]

NEWEST: ApiVersion = "2024-12-01"
NEWEST_QUERY: Query = (("api-version", NEWEST),)


@dataclass(frozen=True, slots=True)
class Operation:
    """One REST call.

    `path` is percent-encoded and begins with a slash. Every 2xx is success, because the versions of the API differ
    in which one they answer. `absent_code` is set where 404 is an answer and no error: the `x-ms-error-code` that
    such a 404 carries; `gone_code` where a 404 that carries it says, after an attempt that got no clear answer, that
    this attempt did it. `is_idempotent` says that doing it twice has the effect of doing it once.
    """

    name: str
    hub: str
    method: str
    path: str
    query: Query = ()
    body: bytes | None = None
    content_type: str = "application/json"
    absent_code: str | None = None
    gone_code: str | None = None
    is_idempotent: bool = True
    scope: Scope = "each"

    @property
    def path_and_query(self) -> str:
        return f"{self.path}?{urlencode(self.query, quote_via=quote)}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class HubPaths:
    """The paths of one hub in one version of the API; names in them are checked and percent-encoded.

    Version 1.0 has `/api/v1`; newer ones have `/api` and name the version in the query.
    """

    hub: str
    version: ApiVersion = "1.0"
    root: str = field(init=False)
    query: Query = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hub", checked_hub(self.hub))
        prefix, query = ("/api/v1", ()) if self.version == "1.0" else ("/api", NEWEST_QUERY)
        object.__setattr__(self, "root", f"{prefix}/hubs/{segment(self.hub)}")
        object.__setattr__(self, "query", query)

    @property
    def is_v1(self) -> bool:
        return self.version == "1.0"

    def newest(self) -> HubPaths:
        """The same hub where only the newest version will do."""
        return HubPaths(self.hub, NEWEST) if self.is_v1 else self

    def user(self, user_id: str) -> str:
        return f"{self.root}/users/{segment(checked_id('user_id', user_id))}"

    def group(self, group: str) -> str:
        return f"{self.root}/groups/{segment(checked_group(group))}"

    def connection(self, connection_id: str) -> str:
        return f"{self.root}/connections/{segment(checked_id('connection_id', connection_id))}"

    def group_connection(self, group: str, connection_id: str) -> str:
        return f"{self.group(group)}/connections/{segment(checked_id('connection_id', connection_id))}"

    def group_user(self, group: str, user_id: str) -> str:
        """Group first in version 1.0, user first since."""
        if self.is_v1:
            return f"{self.group(group)}/users/{segment(checked_id('user_id', user_id))}"
        return f"{self.user(user_id)}/groups/{segment(checked_group(group))}"

    def stream(self, connection_id: str, stream_id: str) -> str:
        return f"{self.connection(connection_id)}/streams/{segment(checked_id('stream_id', stream_id))}"


def segment(value: str) -> str:
    return quote(value, safe="")
