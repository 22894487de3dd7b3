"""The versions that are dates: which operations they have, what they answer, and what they do."""

from __future__ import annotations

import pytest

from emulator.options import Options
from tests.emulator.rest.calls import NEWEST, VERSIONS, call, refused
from tests.emulator.wire import MESSAGE, running_emulator

SUPPORTED = "2022-06-01, 2022-11-01, 2023-07-01, 2024-12-01"
COMMANDS = [{"type": "LeaveGroup", "group": "news"}]


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (None, f"api-version: is required in the query: one of {SUPPORTED}."),
        ("", f"api-version: is required in the query: one of {SUPPORTED}."),
        ("2021-01-01", f"api-version: '2021-01-01' is not supported: use one of {SUPPORTED}."),
        ("2024-12-01%20", f"api-version: '2024-12-01 ' is not supported: use one of {SUPPORTED}."),
        ("2024-12-01&API-Version=2024-12-01", "api-version: must stand in the query once only."),
    ],
)
async def test_a_version_that_is_none_is_400_and_those_supported_are_named(version: str | None, message: str) -> None:
    async with running_emulator() as emulator:
        assert refused(await call(emulator, "POST", "chat/:send", MESSAGE, version=version), "api-version") == message


@pytest.mark.parametrize(
    ("method", "path", "body", "since"),
    [
        ("POST", "chat/:execute", COMMANDS, "2023-07-01"),
        ("GET", "chat/groups/news/connections", None, "2024-12-01"),
        ("POST", "chat/connections/nobody/streams/s/:send", 1, "2024-12-01"),
        ("POST", "chat/connections/nobody/streams/s/:complete", None, "2024-12-01"),
        ("POST", "chat/connections/nobody/:invoke", MESSAGE, "2024-12-01"),
        ("POST", "chat/:send", MESSAGE, "2022-06-01"),
    ],
)
async def test_an_operation_says_since_when_it_exists(method: str, path: str, body: object, since: str) -> None:
    async with running_emulator() as emulator:
        for version in VERSIONS:
            answer = await call(emulator, method, path, body, version=version)
            if version < since:
                known = ", ".join(VERSIONS[VERSIONS.index(since) :])
                assert refused(answer, "api-version") == (
                    f"api-version: {version} does not have this operation, which came with {since}: use one of {known}."
                )
            else:
                assert answer.status in (200, 202, 404), answer


async def test_loose_asks_for_no_version() -> None:
    async with running_emulator(Options(port=0, loose=True)) as emulator:
        assert (await call(emulator, "POST", "chat/:send", MESSAGE, version=None)).status == 202
        assert (await emulator.request("GET", "/api/health")).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_health_needs_no_token_but_a_version(method: str) -> None:
    async with running_emulator() as emulator:
        answer = await emulator.request(method, f"/api/health?api-version={NEWEST}")
        assert (answer.status, answer.body) == (200, b"")
        assert (await emulator.request(method, "/api/health")).status == 400


@pytest.mark.parametrize(
    ("method", "published", "other"),
    [
        ("HEAD", "users/ann/groups/news", "groups/news/users/ann"),
        ("GET", "users/ann/groups/news", "groups/news/users/ann"),
        ("PUT", "users/ann/groups/news", "groups/news/users/ann"),
        ("DELETE", "users/ann/groups/news", "groups/news/users/ann"),
        ("PUT", "groups/news/connections/{connection}", "connections/{connection}/groups/news"),
        ("DELETE", "groups/news/connections/{connection}", "connections/{connection}/groups/news"),
    ],
)
async def test_a_members_path_may_name_the_group_first_or_last(method: str, published: str, other: str) -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open(user_id="ann")
        await emulator.rest("PUT", "chat/groups/news/users/ann")
        for version in (NEWEST, "1.0"):
            answers = []
            for template in (published, other):
                path = "chat/" + template.format(connection=ann.connection_id)
                answer = await (call(emulator, method, path) if version == NEWEST else emulator.rest(method, path))
                answers.append((answer.status, answer.code, answer.body))
            assert answers[0] == answers[1]


async def test_an_application_has_hubs_of_its_own() -> None:
    async with running_emulator() as emulator:
        plain, own = await emulator.open("chat"), await emulator.open("app_chat")
        await call(emulator, "POST", "chat/:send?application=App", {"target": "own"})
        await call(emulator, "POST", "chat/:send", {"target": "plain"})
        assert await emulator.received([plain]) == [["plain"]]
        assert await emulator.received([own], "app_chat") == [["own"]]


@pytest.mark.parametrize(
    ("method", "path", "target"),
    [
        ("POST", "my-hub/:send", "hub"),
        ("POST", "chat/:send?application=my-app", "application"),
        ("POST", "chat/:send?application=", "application"),
        ("POST", "chat/:send?application=a&application=a", "application"),
        ("DELETE", "chat/connections/c?reason=a&reason=b", "reason"),
        ("GET", "chat/groups/%20", "group"),
        ("POST", "chat/groups/%20%09/:closeConnections", "group"),
        ("POST", "chat/users/" + "a" * 1025 + "/:closeConnections", "user"),
        ("PUT", "chat/users/ann/groups/news?ttl=-1", "ttl"),
        ("PUT", "chat/users/ann/groups/news?ttl=1&TTL=1", "ttl"),
        ("PUT", "chat/users/ann/groups/news?ttl=1.0", "ttl"),
        ("POST", "chat/connections/c/streams/" + "s" * 101 + "/:complete", "streamId"),
        ("POST", "chat/connections/c/streams/%20/:complete", "streamId"),
        ("GET", "chat/groups/news/connections?maxpagesize=201", "maxpagesize"),
        ("GET", "chat/groups/news/connections?maxpagesize=0", "maxpagesize"),
        ("GET", "chat/groups/news/connections?top=0", "top"),
        ("GET", "chat/groups/news/connections?top=2147483648", "top"),
        ("GET", "chat/groups/news/connections?continuationToken=c2", "continuationToken"),
    ],
)
async def test_a_bad_parameter_is_400_and_named(method: str, path: str, target: str) -> None:
    async with running_emulator() as emulator:
        answer = await call(emulator, method, path, MESSAGE if method == "POST" else None)
        assert refused(answer, target).startswith(f"{target}: ")


async def test_a_hyphen_in_a_hubs_name_is_told_what_is_allowed() -> None:
    async with running_emulator() as emulator:
        message = refused(await call(emulator, "POST", "my-hub/:send", MESSAGE), "hub")
    assert message == (
        "hub: 'my-hub' is not a valid name: 1 to 128 characters, a letter first, then letters, digits and "
        "_ ` , . [ ] (no hyphen, no space)."
    )


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("chat/:closeConnections", []),
        ("chat/:closeConnections?excluded={phone}&excluded={bob}", ["phone", "bob"]),
        ("chat/users/ann/:closeConnections", ["bob"]),
        ("chat/users/ann/:closeConnections?excluded={laptop}", ["laptop", "bob"]),
        ("chat/groups/news/:closeConnections", ["laptop"]),
        ("chat/groups/news/:closeConnections?excluded={phone},{bob}", ["laptop"]),
        ("chat/users/nobody/:closeConnections", ["phone", "laptop", "bob"]),
        ("chat/groups/nothing/:closeConnections", ["phone", "laptop", "bob"]),
    ],
)
async def test_connections_close_but_the_excluded(path: str, left: list[str]) -> None:
    async with running_emulator() as emulator:
        clients = {
            "phone": await emulator.open(user_id="ann", **{"asrs.s.derror": "True"}),
            "laptop": await emulator.open(user_id="ann", **{"asrs.s.derror": "True"}),
            "bob": await emulator.open(user_id="bob", **{"asrs.s.derror": "True"}),
        }
        ids = {name: client.connection_id for name, client in clients.items()}
        for name in ("phone", "bob"):
            await call(emulator, "PUT", f"chat/groups/news/connections/{ids[name]}")
        path = path.format_map(ids)
        answer = await call(emulator, "POST", path + ("&" if "?" in path else "?") + "reason=enough")
        assert (answer.status, answer.body) == (204, b"")
        for name, client in clients.items():
            exists = await call(emulator, "HEAD", f"chat/connections/{client.connection_id}")
            assert exists.status == (200 if name in left else 404)
            if name not in left:
                assert await client.next_of_type(7) == {"type": 7, "error": "enough", "allowReconnect": True}


async def test_a_connection_removed_from_all_groups_receives_none_of_them() -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        for group in ("a", "b"):
            await call(emulator, "PUT", f"chat/groups/{group}/connections/{ann.connection_id}")
        await call(emulator, "POST", "chat/groups/a/:send", {"target": "before"})
        assert (await call(emulator, "DELETE", f"chat/connections/{ann.connection_id}/groups")).status == 200
        for group in ("a", "b"):
            await call(emulator, "POST", f"chat/groups/{group}/:send", {"target": "after"})
        assert await emulator.received([ann]) == [["before"]]


@pytest.mark.parametrize(
    "user", ["%3Asend", ".", "..", "%2e%2E", "a%2Fb", "%7Bb%7D", "groups", "%25", "%252F", "a%0Ab", "+"]
)
async def test_a_user_may_have_any_name(user: str) -> None:
    async with running_emulator() as emulator:
        assert (await call(emulator, "PUT", f"chat/users/{user}/groups/%3Asend")).status == 200
        assert (await call(emulator, "HEAD", f"chat/users/{user}/groups/%3Asend")).status == 200
        assert (await call(emulator, "HEAD", f"chat/users/{user}x/groups/%3Asend")).code == "Info.User.NotInGroup"
        assert (await call(emulator, "POST", f"chat/users/{user}/:send", MESSAGE)).status == 202
        assert (await call(emulator, "DELETE", f"chat/users/{user}/groups")).status == 204
        assert (await call(emulator, "HEAD", f"chat/users/{user}/groups/%3Asend")).status == 404


async def test_what_is_absent_is_told_with_its_code_in_header_and_body() -> None:
    async with running_emulator() as emulator:
        answer = await call(emulator, "GET", "chat/users/nobody")
        assert refused(answer, None, 404, "Warning.User.NotExisted") == "There is no connection of the user 'nobody'."
        answer = await call(emulator, "HEAD", "chat/users/nobody")
        assert (answer.status, answer.code, answer.body) == (404, "Warning.User.NotExisted", b"")


@pytest.mark.parametrize(
    ("content_type", "body", "status", "target"),
    [
        ("text/plain", b"{}", 415, "Content-Type"),
        ("application/json", b"", 400, "payload"),
        ("application/json", b"{", 400, "payload"),
        ("application/json", b"{}", 400, "target"),
        ("application/json", b" " * 1_048_577, 413, "payload"),
    ],
)
async def test_a_bad_body_is_refused_and_named(content_type: str | None, body: bytes, status: int, target: str) -> None:
    async with running_emulator() as emulator:
        answer = await call(emulator, "POST", "chat/:send", body=body, content_type=content_type)
        refused(answer, target, status)
