"""Endpoints: http or https addresses, checked and brought into one form."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 3986 2: what may stand in an address at all. urlsplit lets nearly everything pass.
_ALLOWED = re.compile(r"[A-Za-z0-9\-._~:/\[\]@!$&'()*+,;=%]+")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# RFC 1123 labels, and the underscore that container networks use in names.
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?"
)
_LOOKS_LIKE_IPV4 = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address such as `https://chat.service.signalr.net`; `str()` gives it without a trailing slash.

    `host` is in lower case, an IPv6 address in brackets; `port` is None where it is the scheme's own;
    `path` is empty or begins with a slash.
    """

    scheme: str
    host: str
    port: int | None = None
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Read an address; ValueError says, without repeating it, why it is none."""
        parts = _split(text)
        if "@" in parts.netloc:
            raise ValueError("must be an address without user name and password")
        return cls(parts.scheme, _checked_host(parts), None, _checked_path(parts.path)).with_port(_port(parts))

    def with_port(self, port: int | None) -> Endpoint:
        return replace(self, port=None if port == _DEFAULT_PORTS[self.scheme] else port)

    @property
    def without_port(self) -> str:
        """Scheme and host alone: the audience of a client token begins with it, whatever port and path are."""
        return f"{self.scheme}://{self.host}"

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"{self.without_port}{port}{self.path}"


def _split(text: str) -> SplitResult:
    example = "must be an address such as https://chat.service.signalr.net"
    if not isinstance(text, str) or not _ALLOWED.fullmatch(text) or _BAD_ESCAPE.search(text):
        raise ValueError(example)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(example) from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.netloc:
        raise ValueError(example)
    return parts


def _checked_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        if "[" in parts.netloc:
            return f"[{ipaddress.IPv6Address(host)}]"
        if _LOOKS_LIKE_IPV4.fullmatch(host):
            return str(ipaddress.IPv4Address(host))
    except ValueError:
        raise ValueError("must be an address with a valid IP address") from None
    if not _HOST_NAME.fullmatch(host):
        raise ValueError("must be an address with a valid host name")
    return host


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError("must be an address with a port between 1 and 65535, or none")
    return port


def _checked_path(path: str) -> str:
    trimmed = path.rstrip("/")
    if "//" in trimmed or {".", ".."} & set(trimmed.split("/")):
        raise ValueError("must be an address whose path has no empty part and no dots alone")
    return trimmed
