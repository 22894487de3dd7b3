"""The body of a REST call, as it came."""

from __future__ import annotations

from typing import NamedTuple


class Body(NamedTuple):
    """`content_type` is the request's header, parameters such as a charset included."""

    content_type: str
    data: bytes

    @property
    def media_type(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()
