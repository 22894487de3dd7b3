"""Local identities: the managed identities that this emulator knows, and the roles they have."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from emulator.entra.roles import role_named

# The identity that belongs to the app itself and is used where none is named; all others are user-assigned.
SYSTEM_ASSIGNED = "system"
DEFAULT_IDENTITY = f"{SYSTEM_ASSIGNED}=SignalR Service Owner"

_SYNTAX = re.compile(r"(?P<name>[A-Za-z0-9_-]{1,64})(:(?P<client_id>[^=]*))?=(?P<roles>.*)")
# Ids are derived from names, so that a setting which holds one stays right when the emulator starts again.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "identity.signalr-emulator.localhost")


@dataclass(frozen=True)
class LocalIdentity:
    """A managed identity; `client_id` and `object_id` are UUIDs as text, `roles` names of Azure's built-in roles."""

    name: str
    client_id: str
    roles: tuple[str, ...]

    @property
    def object_id(self) -> str:
        return str(uuid.uuid5(_NAMESPACE, f"object {self.client_id}"))

    @property
    def is_system_assigned(self) -> bool:
        return self.name == SYSTEM_ASSIGNED

    def __str__(self) -> str:
        kind = "system-assigned" if self.is_system_assigned else "user-assigned"
        return f"{self.name} ({kind}, client id {self.client_id}): {', '.join(self.roles) or 'no role'}"


def parse_identity(text: str) -> LocalIdentity:
    """An identity from `NAME[:CLIENT_ID]=ROLE[,ROLE]`; ValueError names the part at fault. It may have no role."""
    found = _SYNTAX.fullmatch(text)
    if found is None:
        raise ValueError(
            f"'{text}' is not an identity: write NAME=ROLE[,ROLE], or NAME:CLIENT_ID=ROLE[,ROLE]; a name has letters, "
            f"digits, - and _, and '{SYSTEM_ASSIGNED}' is the system-assigned identity"
        )
    name, client_id = found["name"], found["client_id"]
    roles = tuple(role_named(role) for role in found["roles"].split(",") if role.strip())
    return LocalIdentity(name, _derived(name) if client_id is None else _uuid(client_id), tuple(dict.fromkeys(roles)))


def require_distinct(identities: Sequence[LocalIdentity]) -> None:
    """ValueError where two identities have the same name or client id."""
    for kind, values in (
        ("name", [identity.name for identity in identities]),
        ("client id", [identity.client_id for identity in identities]),
    ):
        for value in values:
            if values.count(value) > 1:
                raise ValueError(f"two identities have the {kind} '{value}'")


def _derived(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"client {name}"))


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise ValueError(f"the client id '{text}' is not a UUID") from None
