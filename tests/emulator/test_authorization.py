"""Who may do what, on the wire: every kind of token on every door, each refusal told in header and log."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import jwt
import pytest

from emulator.entra.identities import LocalIdentity, parse_identity
from emulator.entra.managed_identity import PATH
from emulator.options import PUBLISHED_ACCESS_KEY, Options
from tests.emulator.wire import MESSAGE, OTHER_KEY, Answer, WireEmulator, running_emulator, signed

SECRET = "a-secret-of-the-test"
OWNER = parse_identity("system=SignalR Service Owner")
API_OWNER = parse_identity("api-owner=SignalR REST API Owner")
READER = parse_identity("reader=SignalR REST API Reader")
APP_SERVER = parse_identity("app-server=SignalR App Server")
CONTRIBUTOR = parse_identity("contributor=SignalR/Web PubSub Contributor")
NOBODY = parse_identity("nobody=")
IDENTITIES = (OWNER, API_OWNER, READER, APP_SERVER, CONTRIBUTOR, NOBODY)
WITH_IDENTITIES = Options(port=0, identities=IDENTITIES, identity_header=SECRET)
IDENTITIES_ALONE = Options(port=0, identities=IDENTITIES, identity_header=SECRET, access_keys=())

SEND = ("POST", "/api/v1/hubs/chat")
EXISTS = ("HEAD", "/api/v1/hubs/chat/users/ann")
CLOSE = ("DELETE", "/api/v1/hubs/chat/connections/c")
JOIN = ("PUT", "/api/v1/hubs/chat/groups/g/users/ann")
GET_KEY = ("GET", "/api/v1/auth/accessKey")
GET_TOKEN = ("POST", "/api/hubs/chat/:generateToken?api-version=2024-12-01")
# What each operation answers a caller who may do it, and who may.
OPERATIONS: dict[tuple[str, str], tuple[int, str, set[LocalIdentity]]] = {
    SEND: (202, "hub/send/action", {OWNER, API_OWNER}),
    EXISTS: (404, "user/read", {OWNER, API_OWNER, READER}),
    CLOSE: (404, "clientConnection/write", {OWNER, API_OWNER, APP_SERVER}),
    JOIN: (202, "user/write", {OWNER, API_OWNER}),
    GET_KEY: (200, "auth/accessKey/action", {OWNER, APP_SERVER}),
    GET_TOKEN: (200, "auth/clientToken/action", {OWNER, API_OWNER}),
}


async def identity_token(emulator: WireEmulator, identity: LocalIdentity = OWNER) -> str:
    path = f"{PATH}?api-version=2019-08-01&resource=https://signalr.azure.com&client_id={identity.client_id}"
    answer = await emulator.request("GET", path, headers={"X-IDENTITY-HEADER": SECRET})
    token: str = answer.json()["access_token"]
    return token


async def call(emulator: WireEmulator, operation: tuple[str, str], token: str) -> Answer:
    method, path = operation
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = b'{"target":"newMessage"}' if operation == SEND else None
    return await emulator.request(method, path, headers=headers, body=body)


async def negotiate(emulator: WireEmulator, token: str) -> Answer:
    headers = {"Authorization": f"Bearer {token}"}
    return await emulator.request("POST", "/client/negotiate?hub=chat&negotiateVersion=1", headers=headers)


async def with_temporary_key(emulator: WireEmulator, audience: str, **claims: object) -> str:
    answer = await call(emulator, GET_KEY, await identity_token(emulator))
    key = answer.json()
    now = int(time.time())
    return jwt.encode(
        {"aud": audience, "exp": now + 60, **claims}, key["AccessKey"], "HS256", headers={"kid": key["KeyId"]}
    )


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_identity_may_do_what_its_roles_grant_and_is_told_what_it_lacks(operation: tuple[str, str]) -> None:
    status, action, allowed = OPERATIONS[operation]
    async with running_emulator(IDENTITIES_ALONE) as emulator:
        for identity in IDENTITIES:
            answer = await call(emulator, operation, await identity_token(emulator, identity))
            if identity in allowed:
                assert answer.status == status, (identity, answer)
                continue
            assert (answer.status, answer.code) == (403, "Error.Request.Forbidden"), (identity, answer)
            challenge = answer.challenge or ""
            assert challenge.startswith('Bearer error="insufficient_scope"')
            assert f"data action Microsoft.SignalRService/SignalR/{action}" in challenge
            assert f"The identity '{identity.name}'" in challenge
            assert all(f"'{role}'" in challenge for other in allowed for role in other.roles)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_access_key_may_do_everything(operation: tuple[str, str]) -> None:
    async with running_emulator(WITH_IDENTITIES) as emulator:
        path = operation[1].partition("?")[0]
        assert (await call(emulator, operation, signed(emulator.endpoint + path))).status == OPERATIONS[operation][0]


async def test_a_403_tells_the_same_in_its_body_in_the_form_of_the_operations_version() -> None:
    async with running_emulator(IDENTITIES_ALONE) as emulator:
        token = await identity_token(emulator, NOBODY)
        old, new = await call(emulator, SEND, token), await call(emulator, GET_TOKEN, token)
    assert old.body.decode().startswith("The identity 'nobody' has no role with the data action")
    assert "it has no role; assign it one of 'SignalR Service Owner', 'SignalR REST API Owner'." in old.body.decode()
    assert new.json()["code"] == "Error.Request.Forbidden"
    assert "auth/clientToken/action" in new.json()["message"]


async def test_a_client_connects_with_a_temporary_key_under_an_identity_alone() -> None:
    async with running_emulator(IDENTITIES_ALONE) as emulator:
        token = await with_temporary_key(emulator, f"{emulator.endpoint}/client/?hub=chat", nameid="ann")
        assert (await negotiate(emulator, token)).status == 200


ENTRA_IS_FOR_REST = "got 'RS256'; a token of Microsoft Entra ID is for REST calls alone"
DISABLED = "The signature key was not found: access keys are disabled here (--no-access-key)"
NOT_FOUND = "The signature key was not found: expected a signature by an access key"


@asynccontextmanager
async def refused_tokens(options: Options) -> AsyncIterator[tuple[WireEmulator, dict[str, str]]]:
    """An emulator, and a token of each kind that looks good, for a send and for a client."""
    async with running_emulator(options) as emulator:
        rest, client = emulator.endpoint + SEND[1], f"{emulator.endpoint}/client/?hub=chat"
        tokens = {
            "access key for a send": signed(rest),
            "access key for a client": signed(client),
            "another key for a send": signed(rest, OTHER_KEY),
            "another key for a client": signed(client, OTHER_KEY),
        }
        if options.identities:
            tokens["identity"] = await identity_token(emulator)
            tokens["temporary key for a send"] = await with_temporary_key(emulator, rest)
            tokens["temporary key for a client"] = await with_temporary_key(emulator, client)
        yield emulator, tokens


@pytest.mark.parametrize(
    ("options", "kind", "on_send", "on_negotiate"),
    [
        (Options(port=0), "access key for a send", None, "The audience is invalid"),
        (Options(port=0), "access key for a client", "The audience is invalid", None),
        (Options(port=0), "another key for a send", NOT_FOUND, f"{NOT_FOUND} or a key from auth/accessKey that is"),
        (WITH_IDENTITIES, "identity", None, ENTRA_IS_FOR_REST),
        (WITH_IDENTITIES, "access key for a send", None, "The audience is invalid"),
        (WITH_IDENTITIES, "temporary key for a send", NOT_FOUND, "The audience is invalid"),
        (WITH_IDENTITIES, "temporary key for a client", NOT_FOUND, None),
        (IDENTITIES_ALONE, "identity", None, ENTRA_IS_FOR_REST),
        (IDENTITIES_ALONE, "access key for a send", f"{DISABLED}; send a token of Microsoft Entra ID", DISABLED),
        (IDENTITIES_ALONE, "access key for a client", DISABLED, f"{DISABLED}; take a key from auth/accessKey or a"),
        (IDENTITIES_ALONE, "another key for a client", DISABLED, DISABLED),
        (IDENTITIES_ALONE, "temporary key for a send", DISABLED, "The audience is invalid"),
        (IDENTITIES_ALONE, "temporary key for a client", DISABLED, None),
    ],
)
async def test_each_kind_of_token_opens_its_own_door_alone(
    options: Options, kind: str, on_send: str | None, on_negotiate: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    async with refused_tokens(options) as (emulator, tokens):
        answers = [await call(emulator, SEND, tokens[kind]), await negotiate(emulator, tokens[kind])]
    for answer, reason in zip(answers, (on_send, on_negotiate), strict=True):
        if reason is None:
            assert answer.status in (200, 202), answer
            continue
        assert (answer.status, answer.body) == (401, b"")
        assert reason in (answer.challenge or "")
        assert reason in caplog.text
    assert not any(token.split(".")[1] in caplog.text for token in tokens.values())


async def test_an_identitys_token_needs_identities() -> None:
    async with running_emulator(WITH_IDENTITIES) as other, running_emulator() as emulator:
        answer = await call(emulator, SEND, await identity_token(other))
    assert answer.status == 401
    assert "and for an emulator with --identity" in (answer.challenge or "")


async def test_an_identitys_token_of_another_emulator_is_refused() -> None:
    async with running_emulator(WITH_IDENTITIES) as other, running_emulator(WITH_IDENTITIES) as emulator:
        answer = await call(emulator, SEND, await identity_token(other))
    assert answer.status == 401
    assert "The signature key was not found: expected the key id" in (answer.challenge or "")


async def test_no_token_is_a_bare_challenge_with_identities_too() -> None:
    async with running_emulator(IDENTITIES_ALONE) as emulator:
        answer = await emulator.request(*SEND)
    assert (answer.status, answer.challenge) == (401, "Bearer")


async def test_the_secondary_key_opens_what_the_primary_does() -> None:
    async with running_emulator(Options(port=0, access_keys=(PUBLISHED_ACCESS_KEY, OTHER_KEY))) as emulator:
        for key in (PUBLISHED_ACCESS_KEY, OTHER_KEY):
            assert (await call(emulator, SEND, signed(emulator.endpoint + SEND[1], key))).status == 202
            assert (await negotiate(emulator, signed(f"{emulator.endpoint}/client/?hub=chat", key))).status == 200


def unsafe(audience: str, **changed: object) -> str:
    """A token signed with the access key, its claims changed or, where None, left out."""
    claims = {"aud": audience, "exp": int(time.time()) + 60, **changed}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, PUBLISHED_ACCESS_KEY)


@pytest.mark.parametrize(
    "changed",
    [{"exp": 1}, {"aud": "http://elsewhere/"}, {"aud": None}, {"exp": None}],
    ids=["expired", "wrong audience", "no audience", "no expiration time"],
)
@pytest.mark.parametrize(("loose", "on_send", "on_negotiate"), [(False, 401, 401), (True, 202, 200)])
async def test_loose_looks_at_the_signature_alone(
    changed: dict[str, object], loose: bool, on_send: int, on_negotiate: int
) -> None:
    async with running_emulator(Options(port=0, loose=loose)) as emulator:
        send = await call(emulator, SEND, unsafe(emulator.endpoint + SEND[1], **changed))
        client = await negotiate(emulator, unsafe(f"{emulator.endpoint}/client/?hub=chat", **changed))
    assert (send.status, client.status) == (on_send, on_negotiate)


async def test_loose_still_wants_a_good_signature_and_roles() -> None:
    loose = Options(port=0, loose=True, identities=IDENTITIES, identity_header=SECRET)
    async with running_emulator(loose) as emulator:
        forged = await call(emulator, SEND, signed(emulator.endpoint + SEND[1], OTHER_KEY))
        reader = await call(emulator, SEND, await identity_token(emulator, READER))
    assert (forged.status, reader.status) == (401, 403)


async def test_a_host_header_that_is_none_is_named() -> None:
    async with running_emulator() as emulator:
        token = signed(emulator.endpoint + SEND[1])
        headers = {"Authorization": f"Bearer {token}", "Host": "a:b:c"}
        answer = await emulator.request(*SEND, headers=headers, body=str(MESSAGE).encode())
    assert answer.status == 400
    assert answer.body.startswith(b"Host: the header is no host with an optional port")
