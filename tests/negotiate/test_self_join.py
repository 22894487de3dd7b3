"""Self-join: users come into the groups that are open to them, and into no others."""

from __future__ import annotations

import asyncio

import pytest

from tests.broadcast.app import Configure, call, error, segment, triggers
from tests.broadcast.listener import Listener, invocation
from tests.broadcast.service import AnsweringService
from tests.conftest import RunningEmulator
from tests.http_api.identity_provider import IdentityProvider

DEVELOPMENT = {"NEGOTIATE_AUTH": "development,anonymous", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}
GROUPS = "/api/hubs/chat/groups"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    ("patterns", "group", "allowed"),
    [
        ("", "red", False),
        ("red", "red", True),
        ("red", "Red", False),
        ("red", "redder", False),
        ("room-*", "room-1", True),
        ("room-*", "room-", True),
        ("room-*", "my-room-1", False),
        ("room-*", "room-1/secret", True),
        ("red,room-*-public", "room-1-public", True),
        ("room.*", "roomX", False),
        ("[a-z]", "b", False),
        ("*", "anything", True),
    ],
)
def test_caller_comes_only_into_groups_that_the_setting_opens(
    method: str,
    patterns: str,
    group: str,
    allowed: bool,
    answering_service: AnsweringService,
    configure: Configure,
) -> None:
    configure(answering_service.endpoint, SELF_JOIN_GROUPS=patterns, **DEVELOPMENT)
    response = call(method, f"{GROUPS}/{segment(group)}/users/me?user=ada")
    asked = [line for line, _ in answering_service.requests]
    if allowed:
        assert response.status_code == 202
        assert asked == [f"{method} /api/v1/hubs/chat/groups/{segment(group)}/users/ada"]
    else:
        assert error(response)[:2] == (403, "GroupNotAllowed")
        assert asked == []


@pytest.mark.parametrize("providers", ["anonymous", "anonymous-id", "easyauth", "function-key"])
def test_caller_without_a_user_comes_into_no_group(
    providers: str, answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint, SELF_JOIN_GROUPS="*", NEGOTIATE_AUTH=providers)
    for user in ("me", "ME"):
        assert error(call("PUT", f"{GROUPS}/red/users/{user}?user=ada"))[:2] == (401, "Unauthorized")
    assert answering_service.requests == []


def test_caller_acts_on_its_own_user_alone(
    answering_service: AnsweringService, identity_provider: IdentityProvider, configure: Configure
) -> None:
    settings = {"SELF_JOIN_GROUPS": "*", "NEGOTIATE_AUTH": "bearer", **identity_provider.settings}
    configure(answering_service.endpoint, **settings)
    headers = {**identity_provider.authorization(), "x-ms-client-principal-id": "eve"}
    assert (
        call("PUT", f"{GROUPS}/red/users/me?user=eve&userId=eve", {"user": "eve"}, headers=headers).status_code == 202
    )
    assert [line for line, _ in answering_service.requests] == ["PUT /api/v1/hubs/chat/groups/red/users/ada"]


def test_functions_come_before_those_whose_route_fits_as_well() -> None:
    names = sorted(triggers())
    assert names.index("add_me_to_group") < names.index("add_user_to_group")
    assert names.index("remove_me_from_group") < names.index("remove_user_from_group")
    for name in ("add_me_to_group", "remove_me_from_group"):
        assert str(triggers()[name]["authLevel"]) == "ANONYMOUS"


def test_user_who_joined_receives_the_messages_of_the_group(emulator: RunningEmulator, configure: Configure) -> None:
    configure(emulator.endpoint, SELF_JOIN_GROUPS="open-*", **DEVELOPMENT)
    hub = "/api/hubs/selfjoin"

    async def scenario() -> None:
        async with Listener("selfjoin", "ada") as ada:
            assert call("PUT", f"{hub}/groups/open-1/users/me?user=ada").status_code == 202
            assert call("POST", f"{hub}/groups/open-1", {"target": "one"}).status_code == 202
            assert call("DELETE", f"{hub}/groups/open-1/users/me?user=ada").status_code == 202
            assert call("POST", f"{hub}/groups/open-1", {"target": "two"}).status_code == 202
            assert call("POST", hub, {"target": "three"}).status_code == 202
            assert await ada.receive() == invocation("one")
            assert await ada.receive() == invocation("three")

    asyncio.run(scenario())
