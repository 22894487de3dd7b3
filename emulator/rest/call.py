"""One REST call, read and checked: what an operation gets to work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yarl import URL

from emulator import names
from emulator.hub import Hub
from emulator.outgoing import OutgoingMessage
from emulator.rest import payload
from emulator.rest.body import Body
from emulator.rest.payload import Payload
from emulator.rest.query import Query
from emulator.service import Service


@dataclass(frozen=True, kw_only=True)
class Call:
    """`url` is the call's own address; parameters are checked as they are read."""

    service: Service
    hub: Hub
    url: URL
    path: Mapping[str, str]
    query: Query
    body: Body

    @property
    def group(self) -> str:
        return names.group(self.path["group"])

    @property
    def user(self) -> str:
        return names.present(self.path["user"], "user")

    @property
    def connection_id(self) -> str:
        return names.present(self.path["connectionId"], "connectionId")

    @property
    def stream_id(self) -> str:
        return names.stream_id(self.path["streamId"])

    @property
    def excluded(self) -> frozenset[str]:
        return frozenset(self.query.every("excluded"))

    @property
    def reason(self) -> str | None:
        return self.query.one("reason")

    @property
    def payload(self) -> Payload:
        """The message in the body, still to be made one that is sent or one that is answered."""
        return payload.read(self.body.content_type, self.body.data)

    @property
    def message(self) -> OutgoingMessage:
        return self.payload.message()

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return self.service.clock()
