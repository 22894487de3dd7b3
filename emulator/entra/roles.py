"""Roles: which data actions Azure's built-in roles for SignalR grant.

Source: Azure's built-in roles. The service looks roles up for each call; they do not stand in the token.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

# Every data action of the service begins so.
PROVIDER = "Microsoft.SignalRService/SignalR/"

# Each role's data actions, without the provider; `*` stands for any text, slashes too.
ROLES: Mapping[str, tuple[str, ...]] = {
    "SignalR Service Owner": ("*",),
    "SignalR REST API Owner": ("auth/clientToken/action", "hub/*", "group/*", "clientConnection/*", "user/*"),
    "SignalR REST API Reader": ("group/read", "clientConnection/read", "user/read"),
    "SignalR App Server": ("auth/accessKey/action", "serverConnection/write", "clientConnection/write"),
    # These two manage the resource and grant nothing of its data; they are often assigned by mistake.
    "SignalR AccessKey Reader": (),
    "SignalR/Web PubSub Contributor": (),
}


def role_named(text: str) -> str:
    """The role's name as Azure spells it, from any case; ValueError where there is no such role."""
    for role in ROLES:
        if role.lower() == text.strip().lower():
            return role
    raise ValueError(f"'{text.strip()}' is not a role; there are: {', '.join(ROLES)}")


def grants(roles: Iterable[str], action: str) -> bool:
    """Whether any of the roles grants a data action, named without its provider."""
    return any(fnmatchcase(action, pattern) for role in roles for pattern in ROLES[role])


def roles_granting(action: str) -> list[str]:
    return [role for role in ROLES if grants([role], action)]
