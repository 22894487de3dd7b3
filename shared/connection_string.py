"""Connection strings: from text to the service's endpoints and what signs requests to it.

The grammar is the one of Azure SignalR's own SDK: `Endpoint=https://…;AccessKey=…;Version=1.0;`, keys in any case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from shared.endpoint import Endpoint
from shared.errors import InvalidConnectionStringError
from shared.identity import AuthType, Identity, identity_from_parts
from shared.parameters import is_access_key

_VERSION = re.compile(r"1\.[0-9]+([\w.-]+)?")
_PORT = re.compile(r"[0-9]{1,5}")
_AUTH_TYPES: tuple[AuthType, ...] = get_args(AuthType)


@dataclass(frozen=True, slots=True)
class ServiceEndpoint:
    """One Azure SignalR Service: where it is, and either its access key or an identity.

    `endpoint` is the resource and names it in client tokens; clients go to `client_endpoint` and REST calls to
    `server_endpoint` where these are given.
    """

    endpoint: Endpoint
    access_key: str | None = field(default=None, repr=False)
    identity: Identity | None = None
    client_endpoint: Endpoint | None = None
    server_endpoint: Endpoint | None = None
    version: str | None = None


def parse_connection_string(text: str) -> ServiceEndpoint:
    """Read a connection string; InvalidConnectionStringError names the part at fault."""
    parts = _parts(text)
    if len(parts) < 2:
        raise InvalidConnectionStringError(
            "Endpoint or AccessKey", "is missing; copy the whole text, which looks like Endpoint=https://…;AccessKey=…;"
        )
    endpoint = _required_endpoint(parts)
    version = _version(parts)
    if (port := _port(parts)) is not None:
        endpoint = endpoint.with_port(port)
    client_endpoint = _endpoint("ClientEndpoint", parts)
    server_endpoint = _endpoint("ServerEndpoint", parts)
    identity = _identity(parts)
    access_key = None if identity else _access_key(parts)
    return ServiceEndpoint(endpoint, access_key, identity, client_endpoint, server_endpoint, version)


def _parts(text: str) -> dict[str, str]:
    """Split at ";" and then at the first "=", because access keys end in "="; keys come out in lower case."""
    if not isinstance(text, str):
        raise InvalidConnectionStringError("the whole", f"must be text, not {type(text).__name__}")
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        key = name.strip().lower()
        if not equals:
            continue
        if key in parts:
            raise InvalidConnectionStringError(name.strip(), "is there twice")
        parts[key] = value.strip()
    return parts


def _required_endpoint(parts: Mapping[str, str]) -> Endpoint:
    endpoint = _endpoint("Endpoint", parts)
    if endpoint is None:
        raise InvalidConnectionStringError("Endpoint", "is missing; it looks like Endpoint=https://…;")
    return endpoint


def _endpoint(name: str, parts: Mapping[str, str]) -> Endpoint | None:
    text = parts.get(name.lower())
    if text is None:
        return None
    try:
        return Endpoint.parse(text)
    except ValueError as exc:
        raise InvalidConnectionStringError(name, str(exc)) from None


def _version(parts: Mapping[str, str]) -> str | None:
    version = parts.get("version")
    if version is not None and not _VERSION.fullmatch(version):
        raise InvalidConnectionStringError("Version", "is not supported; it must be 1.0 or another 1.x")
    return version


def _port(parts: Mapping[str, str]) -> int | None:
    text = parts.get("port")
    if text is None:
        return None
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65535:
        raise InvalidConnectionStringError("Port", "must be a whole number from 1 to 65535")
    return int(text)


def _identity(parts: Mapping[str, str]) -> Identity | None:
    wanted = parts.get("authtype", "").lower()
    for auth_type in _AUTH_TYPES:
        if wanted == auth_type:
            return identity_from_parts(auth_type, parts)
    # Any other AuthType means an access key, as in Azure's SDK.
    return None


def _access_key(parts: Mapping[str, str]) -> str:
    access_key = parts.get("accesskey")
    if not access_key:
        raise InvalidConnectionStringError("AccessKey", "is missing; give one, or AuthType=azure for Entra ID")
    if not is_access_key(access_key):
        raise InvalidConnectionStringError("AccessKey", "must not hold spaces or line breaks")
    return access_key
