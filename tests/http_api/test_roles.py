"""Roles: with SEND_ROLES, a function key alone opens nothing."""

from __future__ import annotations

import json

import pytest

from tests.broadcast.app import Configure, call, error
from tests.broadcast.service import AnsweringService
from tests.http_api.identity_provider import IdentityProvider

ROLES = "Sender=send@chat,Manager=manage,Reader=read,All=send+manage+read"
MESSAGE = {"target": "newMessage"}
SEND = ("POST", "/api/hubs/chat")
MANAGE = ("DELETE", "/api/hubs/chat/connections/c1")
READ = ("GET", "/api/hubs/chat/users/ada")


@pytest.mark.parametrize(
    ("claims", "request_line", "granted"),
    [
        ({"roles": ["Sender"]}, SEND, True),
        ({"roles": ["Sender"]}, ("POST", "/api/broadcast"), True),
        ({"roles": ["Sender"]}, ("POST", "/api/hubs/CHAT/groups/g"), True),
        ({"roles": ["Sender"]}, ("POST", "/api/hubs/news"), False),
        ({"roles": ["Sender"]}, MANAGE, False),
        ({"roles": ["Sender"]}, READ, False),
        ({"roles": "Manager"}, MANAGE, True),
        ({"scp": "openid Reader"}, READ, True),
        ({"scp": "openid Reader"}, SEND, False),
        ({"roles": ["All"]}, ("POST", "/api/hubs/news"), True),
        ({"roles": ["Sender", "Reader"]}, READ, True),
        ({"roles": ["Other", 7, None]}, READ, False),
        ({"roles": {"All": True}}, READ, False),
        ({"groups": ["All"]}, READ, False),
        ({}, SEND, False),
    ],
)
def test_roles_and_scopes_grant_operations_on_hubs(
    claims: dict[str, object],
    request_line: tuple[str, str],
    granted: bool,
    answering_service: AnsweringService,
    identity_provider: IdentityProvider,
    configure: Configure,
) -> None:
    configure(answering_service.endpoint, SEND_ROLES=ROLES, **identity_provider.settings)
    response = call(*request_line, MESSAGE, headers=identity_provider.authorization(**claims))
    assert (response.status_code < 300) is granted
    assert len(answering_service.requests) == (1 if granted else 0)
    if not granted:
        assert error(response)[:2] == (403, "GrantMissing")


def test_403_names_what_was_missing(identity_provider: IdentityProvider, configure: Configure) -> None:
    configure(SEND_ROLES=ROLES, **identity_provider.settings)
    message = error(call(*SEND, MESSAGE, headers=identity_provider.authorization(roles=["Reader"])))[2]
    assert "'send' on the hub 'chat'" in message
    assert "Sender, All" in message


@pytest.mark.parametrize(
    ("authorization", "code"), [("", "Unauthorized"), ("Bearer a.b.c", "InvalidToken"), ("Basic x", "Unauthorized")]
)
def test_caller_without_a_valid_token_is_401(
    authorization: str, code: str, identity_provider: IdentityProvider, configure: Configure
) -> None:
    configure(SEND_ROLES=ROLES, **identity_provider.settings)
    response = call(*SEND, MESSAGE, headers={"authorization": authorization})
    assert error(response)[:2] == (401, code)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_rights_are_looked_at_before_the_body(identity_provider: IdentityProvider, configure: Configure) -> None:
    configure(SEND_ROLES=ROLES, **identity_provider.settings)
    assert error(call(*SEND, b"[" * 1000))[0] == 401


def test_each_operation_of_a_batch_needs_its_own_grant(
    answering_service: AnsweringService, identity_provider: IdentityProvider, configure: Configure
) -> None:
    configure(answering_service.endpoint, SEND_ROLES=ROLES, **identity_provider.settings)
    operations = [
        {"operation": "user_exists", "user": "ada"},
        {"operation": "send_to_hub", **MESSAGE},
        {"operation": "close_connection", "connectionId": "c1"},
    ]
    headers = identity_provider.authorization(roles=["Reader", "Sender"])
    response = call("POST", "/api/hubs/chat/batch", {"operations": operations}, headers=headers)
    assert [result["status"] for result in json.loads(response.get_body())["results"]] == [200, 202, 403]


def test_caller_whose_roles_grant_nothing_on_a_hub_may_not_send_it_a_batch(
    identity_provider: IdentityProvider, configure: Configure
) -> None:
    configure(SEND_ROLES="Sender=send@chat", **identity_provider.settings)
    body = {"operations": [{"operation": "user_exists", "user": "ada"}]}
    response = call("POST", "/api/hubs/news/batch", body, headers=identity_provider.authorization(roles=["Sender"]))
    assert error(response)[:2] == (403, "GrantMissing")


def test_without_the_setting_the_function_key_is_enough(
    answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    assert call(*SEND, MESSAGE, headers={"authorization": "Bearer a.b.c"}).status_code == 202
