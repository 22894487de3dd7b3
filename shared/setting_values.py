"""Values of settings: from the text in the environment to what the app works with; ValueError says what must hold."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from shared.endpoint import Endpoint
from shared.errors import InvalidParameterError
from shared.parameters import checked_hub

# Claims that say who the user is, and claims with which the service itself is told something.
USER_ID_CLAIMS = frozenset({"nameid", "sub", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"})
RESERVED_CLAIMS = re.compile(r"asrs\.", re.IGNORECASE)
GRANTS = ("send", "manage", "read")
# A day: whoever gets hold of a client token can listen for as long as it lives.
LONGEST_LIFETIME_MINUTES = 24 * 60

_ROLE = re.compile(r"(?P<role>[^\s,=]+)=(?P<grants>[a-z]+(\+[a-z]+)*)(@(?P<hub>.+))?")
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role that a caller's token may name, and what it opens: operations on one hub, or on all (`hub` None)."""

    role: str
    grants: frozenset[str]
    hub: str | None = None


def items(text: str) -> tuple[str, ...]:
    """The parts of a comma list in the order written, each of them once."""
    return tuple(dict.fromkeys(part for part in (part.strip() for part in text.split(",")) if part))


def flag(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text.lower() == "true"


def hub(text: str) -> str:
    try:
        return checked_hub(text)
    except InvalidParameterError as exc:
        raise ValueError(exc.rule) from None


def hubs(text: str) -> frozenset[str] | None:
    """The hubs of a comma list; None for `*`, which is every hub."""
    if text == "*":
        return None
    try:
        return frozenset(map(hub, items(text)))
    except ValueError as exc:
        raise ValueError(f"must be a comma list of hubs, or * for all; each {exc}") from None


def lifetime_minutes(text: str) -> timedelta:
    if not re.fullmatch("[0-9]{1,6}", text) or not 1 <= int(text) <= LONGEST_LIFETIME_MINUTES:
        raise ValueError(f"must be a whole number of minutes from 1 to {LONGEST_LIFETIME_MINUTES:,}")
    return timedelta(minutes=int(text))


def origins(text: str) -> tuple[str, ...]:
    """Origins such as `https://www.example.org` in lower case, or `*`; a comma list, or JSON as the platform has it."""
    found = _platform_list(text) if text.startswith("[") else items(text)
    return tuple(origin if origin == "*" else _origin(origin) for origin in found)


def _platform_list(text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(origin, str) for origin in found):
        raise ValueError("must be a comma list of origins")
    return tuple(found)


def _origin(text: str) -> str:
    try:
        endpoint = Endpoint.parse(text)
    except ValueError:
        endpoint = None
    if endpoint is None or endpoint.path or text.endswith("/"):
        raise ValueError(
            "must be a comma list of origins: scheme, host and port only, such as https://www.example.org, "
            "without a path or a trailing slash; or * for all"
        )
    return str(endpoint)


def group_patterns(text: str) -> tuple[str, ...]:
    """Names of groups in which `*` stands for any text."""
    return items(text)


def endpoint(text: str) -> Endpoint:
    return Endpoint.parse(text)


def identity_url(text: str) -> str:
    """An address from which keys are fetched: https, since whoever can change the answer can forge every token."""
    parts = urlsplit(text)
    try:
        parsed = Endpoint.parse(text)
    except ValueError:
        parsed = None
    if parsed is None or parts.query or parts.fragment or not (parsed.scheme == "https" or parsed.host in _LOOPBACK):
        raise ValueError(
            "must be an https address such as https://login.example.org/tenant (http on this machine only)"
        )
    return text


def claim_name(text: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]{1,256}", text):
        raise ValueError("must be the name of a claim: 1 to 256 visible ASCII characters")
    return text


def forwarded_claims(text: str) -> tuple[str, ...]:
    names = tuple(map(claim_name, items(text)))
    if wrong := [name for name in names if name in USER_ID_CLAIMS or RESERVED_CLAIMS.match(name)]:
        raise ValueError(
            f"must not name {', '.join(wrong)}: the user id and the claims of the service (asrs.…) cannot be forwarded"
        )
    return names


def role_grants(text: str) -> tuple[RoleGrant, ...]:
    """`Role=send+read@hub, Other.Role=manage`: role, what it may do, and on which hub (all without `@`)."""
    return tuple(map(_role_grant, items(text)))


def _role_grant(text: str) -> RoleGrant:
    found = _ROLE.fullmatch(text)
    grants = frozenset(found["grants"].split("+")) if found else frozenset()
    if found is None or not grants <= set(GRANTS):
        raise ValueError(
            "must be a comma list such as Chat.Sender=send@chat, Chat.Admin=send+manage+read: "
            f"role, then what it grants ({', '.join(GRANTS)}, joined by +), then a hub if it is for that hub only"
        )
    return RoleGrant(found["role"], grants, hub(found["hub"]) if found["hub"] else None)
