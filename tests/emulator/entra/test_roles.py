"""Roles: the whole table of roles and data actions, as Azure's built-in roles have it."""

from __future__ import annotations

import pytest

from emulator.entra.roles import ROLES, grants, role_named, roles_granting

OWNER = "SignalR Service Owner"
API_OWNER = "SignalR REST API Owner"
READER = "SignalR REST API Reader"
APP_SERVER = "SignalR App Server"

WHO_MAY = {
    "auth/accessKey/action": {OWNER, APP_SERVER},
    "auth/clientToken/action": {OWNER, API_OWNER},
    "hub/send/action": {OWNER, API_OWNER},
    "group/send/action": {OWNER, API_OWNER},
    "group/read": {OWNER, API_OWNER, READER},
    "group/write": {OWNER, API_OWNER},
    "user/send/action": {OWNER, API_OWNER},
    "user/read": {OWNER, API_OWNER, READER},
    "user/write": {OWNER, API_OWNER},
    "clientConnection/send/action": {OWNER, API_OWNER},
    "clientConnection/read": {OWNER, API_OWNER, READER},
    "clientConnection/write": {OWNER, API_OWNER, APP_SERVER},
    "serverConnection/write": {OWNER, APP_SERVER},
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", WHO_MAY)
def test_a_role_grants_its_data_actions_and_no_others(role: str, action: str) -> None:
    assert grants([role], action) is (role in WHO_MAY[action])


@pytest.mark.parametrize("action", WHO_MAY)
def test_the_roles_that_grant_a_data_action_are_named(action: str) -> None:
    assert set(roles_granting(action)) == WHO_MAY[action]


def test_roles_add_up() -> None:
    assert grants([READER, APP_SERVER], "user/read")
    assert grants([READER, APP_SERVER], "auth/accessKey/action")
    assert not grants([READER, APP_SERVER], "hub/send/action")
    assert not grants([], "user/read")


@pytest.mark.parametrize("text", ["signalr service owner", " SignalR Service Owner ", "SIGNALR SERVICE OWNER"])
def test_a_role_is_named_in_any_case(text: str) -> None:
    assert role_named(text) == OWNER


@pytest.mark.parametrize("text", ["", "Owner", "SignalR*"])
def test_an_unknown_role_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a role; there are: SignalR Service Owner, SignalR REST API Owner"):
        role_named(text)
