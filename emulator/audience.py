"""Audiences: the URL that a token is good for, as three generations of clients write it.

A REST token's audience is the request's URL without query; older SDKs add the query `application` and `api-version`
and leave the port out. A client token's audience is `<endpoint>/client/?hub=<hub>`. So query and trailing slash do not
count (but for `hub`), a port counts only where it is named, and percent-encoding is compared after decoding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, unquote, urlsplit

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


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
        try:
            parts = urlsplit(audience)
            port = parts.port
        except ValueError:
            return False
        return (
            parts.scheme.lower() == self.scheme
            and self._is_this_host(parts.hostname or "")
            and port in (None, self.port)
            and _segments(parts.path) == _segments(self.path)
            and self._is_for_hub(parts.query)
        )

    def _is_this_host(self, host: str) -> bool:
        here = self.host.lower()
        return host == here or (host in LOOPBACK_NAMES and here in LOOPBACK_NAMES)

    def _is_for_hub(self, query: str) -> bool:
        if self.hub is None:
            return True
        return [hub.lower() for hub in parse_qs(query).get("hub", [])] == [self.hub.lower()]


def _segments(path: str) -> list[str]:
    # Whether the service compares a path's case is not known; SDKs lower the hub's, so case does not count here.
    return [unquote(segment).lower() for segment in path.rstrip("/").split("/")]


def _port_text(scheme: str, port: int) -> str:
    return "" if (scheme, port) in (("http", 80), ("https", 443)) else f":{port}"
