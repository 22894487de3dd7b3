"""Audiences: the URL that a token is good for, as three generations of clients write it.

A REST token's audience is the request's URL without query; older SDKs add the query `application` and `api-version`
and leave the port out. A client token's audience is `<endpoint>/client/?hub=<hub>`. So query and trailing slash do not
count (but for `hub`), a port counts only where it is named, and percent-encoding is compared after decoding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_KEPT = 1024


@dataclass(frozen=True)
class Audience:
    """What a token must be good for: the request's scheme, host, port and raw path, and for clients the hub."""

    scheme: str
    host: str
    port: int
    path: str
    hub: str | None = None

    def __str__(self) -> str:
        query = "" if self.hub is None else f"/?hub={self.hub}"
        return f"{self.scheme}://{self.host}{_port_text(self.scheme, self.port)}{self.path.rstrip('/')}{query}"

    def at(self, endpoint: str) -> Audience:
        """The same audience where the emulator is known by another URL: a container's name, a proxy with TLS."""
        parts = urlsplit(endpoint)
        port = parts.port or (443 if parts.scheme.lower() == "https" else 80)
        path = parts.path.rstrip("/") + self.path
        return replace(self, scheme=parts.scheme.lower(), host=parts.hostname or "", port=port, path=path)

    def accepts(self, audiences: Iterable[str]) -> bool:
        """Whether one of a token's audiences is this one."""
        return any(self._accepts(audience) for audience in audiences)

    def _accepts(self, audience: str) -> bool:
        claimed = _claimed(audience)
        return (
            claimed is not None
            and claimed.scheme == self.scheme
            and self._is_this_host(claimed.host)
            and claimed.port in (None, self.port)
            and claimed.segments == _segments(self.path)
            and (self.hub is None or claimed.hubs == (self.hub.lower(),))
        )

    def _is_this_host(self, host: str) -> bool:
        here = self.host.lower()
        return host == here or (host in LOOPBACK_NAMES and here in LOOPBACK_NAMES)


class _Claimed(NamedTuple):
    """What a token's audience says, in the form in which it is compared."""

    scheme: str
    host: str
    port: int | None
    segments: tuple[str, ...]
    hubs: tuple[str, ...]


# Thousands of clients claim the same audience, and want it for the same path.
@lru_cache(_KEPT)
def _claimed(audience: str) -> _Claimed | None:
    try:
        parts = urlsplit(audience)
        hubs = tuple(hub.lower() for hub in parse_qs(parts.query).get("hub", []))
        return _Claimed(parts.scheme.lower(), parts.hostname or "", parts.port, _segments(parts.path), hubs)
    except ValueError:
        return None


@lru_cache(_KEPT)
def _segments(path: str) -> tuple[str, ...]:
    # Whether the service compares a path's case is not known; SDKs lower the hub's, so case does not count here.
    return tuple(unquote(segment).lower() for segment in path.rstrip("/").split("/"))


def _port_text(scheme: str, port: int) -> str:
    return "" if (scheme, port) in (("http", 80), ("https", 443)) else f":{port}"
