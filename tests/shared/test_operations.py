"""Operations: method, path, query and body of every call, as the published API has them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from shared import InvalidParameterError, Message
from shared import operations as ops
from shared.commands import JoinGroup
from shared.message import StreamItem
from shared.operation import HubPaths, Operation
from shared.raw_message import RawMessage

MESSAGE = Message("newMessage", ["hi"])
AT = HubPaths("chat")
ONE_HOUR = timedelta(hours=1)
PUBLISHED = Path(__file__).parents[3] / "shared" / "rest-operations.json"

WIRE: list[tuple[Operation, str, str]] = [
    (ops.send_to_all(HubPaths("Chat"), MESSAGE), "POST", "/api/v1/hubs/chat"),
    (ops.send_to_all(AT, MESSAGE, excluded=["a", "b,c"]), "POST", "/api/v1/hubs/chat?excluded=a&excluded=b%2Cc"),
    (ops.send_to_user(AT, "ann", MESSAGE), "POST", "/api/v1/hubs/chat/users/ann"),
    (ops.send_to_group(AT, "g", MESSAGE), "POST", "/api/v1/hubs/chat/groups/g"),
    (ops.send_to_group(AT, "g", MESSAGE, excluded=["a"]), "POST", "/api/v1/hubs/chat/groups/g?excluded=a"),
    (ops.send_to_connection(AT, "c-1", MESSAGE), "POST", "/api/v1/hubs/chat/connections/c-1"),
    (ops.connection_exists(AT, "c-1"), "HEAD", "/api/v1/hubs/chat/connections/c-1"),
    (ops.user_exists(AT, "ann"), "HEAD", "/api/v1/hubs/chat/users/ann"),
    (ops.group_exists(AT, "g"), "HEAD", "/api/v1/hubs/chat/groups/g"),
    (ops.user_exists_in_group(AT, "g", "ann"), "HEAD", "/api/v1/hubs/chat/groups/g/users/ann"),
    (ops.close_connection(AT, "c-1"), "DELETE", "/api/v1/hubs/chat/connections/c-1"),
    (ops.close_connection(AT, "c", reason="a b&c"), "DELETE", "/api/v1/hubs/chat/connections/c?reason=a%20b%26c"),
    (ops.add_connection_to_group(AT, "g", "c-1"), "PUT", "/api/v1/hubs/chat/groups/g/connections/c-1"),
    (ops.remove_connection_from_group(AT, "g", "c-1"), "DELETE", "/api/v1/hubs/chat/groups/g/connections/c-1"),
    (ops.add_user_to_group(AT, "g", "ann"), "PUT", "/api/v1/hubs/chat/groups/g/users/ann"),
    (ops.add_user_to_group(AT, "g", "a", ttl=timedelta(0)), "PUT", "/api/v1/hubs/chat/groups/g/users/a?ttl=0"),
    (ops.add_user_to_group(AT, "g", "a", ttl=ONE_HOUR), "PUT", "/api/v1/hubs/chat/groups/g/users/a?ttl=3600"),
    (ops.remove_user_from_group(AT, "g", "ann"), "DELETE", "/api/v1/hubs/chat/groups/g/users/ann"),
    (ops.remove_user_from_all_groups(AT, "ann"), "DELETE", "/api/v1/hubs/chat/users/ann/groups"),
    (
        ops.generate_token(HubPaths("Chat"), user_id="a/b", lifetime=timedelta(seconds=119)),
        "POST",
        "/api/hubs/chat/:generateToken?userId=a%2Fb&minutesToExpire=1&api-version=2024-12-01",
    ),
    (
        ops.generate_token(AT, user_id=None, lifetime=ONE_HOUR),
        "POST",
        "/api/hubs/chat/:generateToken?minutesToExpire=60&api-version=2024-12-01",
    ),
    (
        ops.send_to_user(HubPaths("a[`,.]"), "ä b/c?d#e%2F*~", MESSAGE),
        "POST",
        "/api/v1/hubs/a%5B%60%2C.%5D/users/%C3%A4%20b%2Fc%3Fd%23e%252F%2A~",
    ),
]

NEW = HubPaths("chat", "2024-12-01")
V = "api-version=2024-12-01"
HUB = "/api/hubs/chat"
RAW = RawMessage(json=b"{}\x1e")
NEWEST: list[tuple[Operation, str, str]] = [
    (ops.send_to_all(NEW, MESSAGE, excluded=["a", "b"]), "POST", f"{HUB}/:send?excluded=a&excluded=b&{V}"),
    (ops.send_to_all(AT, RAW), "POST", f"{HUB}/:send?{V}"),
    (ops.send_to_user(NEW, "ann", MESSAGE), "POST", f"{HUB}/users/ann/:send?{V}"),
    (ops.send_to_group(NEW, "g", MESSAGE), "POST", f"{HUB}/groups/g/:send?{V}"),
    (ops.send_to_connection(NEW, "c", MESSAGE), "POST", f"{HUB}/connections/c/:send?{V}"),
    (ops.connection_exists(NEW, "c"), "HEAD", f"{HUB}/connections/c?{V}"),
    (ops.user_exists(NEW, "ann"), "HEAD", f"{HUB}/users/ann?{V}"),
    (ops.group_exists(NEW, "g"), "HEAD", f"{HUB}/groups/g?{V}"),
    (ops.user_exists_in_group(NEW, "g", "ann"), "HEAD", f"{HUB}/users/ann/groups/g?{V}"),
    (ops.close_connection(NEW, "c", reason="r"), "DELETE", f"{HUB}/connections/c?reason=r&{V}"),
    (
        ops.close_all_connections(AT, excluded=["a"], reason="r"),
        "POST",
        f"{HUB}/:closeConnections?excluded=a&reason=r&{V}",
    ),
    (ops.close_user_connections(AT, "u"), "POST", f"{HUB}/users/u/:closeConnections?{V}"),
    (ops.close_group_connections(AT, "g"), "POST", f"{HUB}/groups/g/:closeConnections?{V}"),
    (ops.add_connection_to_group(NEW, "g", "c"), "PUT", f"{HUB}/groups/g/connections/c?{V}"),
    (ops.remove_connection_from_group(NEW, "g", "c"), "DELETE", f"{HUB}/groups/g/connections/c?{V}"),
    (ops.remove_connection_from_all_groups(AT, "c"), "DELETE", f"{HUB}/connections/c/groups?{V}"),
    (ops.add_user_to_group(NEW, "g", "u", ttl=ONE_HOUR), "PUT", f"{HUB}/users/u/groups/g?ttl=3600&{V}"),
    (ops.remove_user_from_group(NEW, "g", "u"), "DELETE", f"{HUB}/users/u/groups/g?{V}"),
    (ops.remove_user_from_all_groups(NEW, "u"), "DELETE", f"{HUB}/users/u/groups?{V}"),
    (
        ops.list_connections_in_group(AT, "g", top=5, page_size=200),
        "GET",
        f"{HUB}/groups/g/connections?top=5&maxpagesize=200&{V}",
    ),
    (ops.invoke(AT, "c", MESSAGE), "POST", f"{HUB}/connections/c/:invoke?{V}"),
    (
        ops.send_stream_item(AT, "c", "s/1", StreamItem(1), completed=True),
        "POST",
        f"{HUB}/connections/c/streams/s%2F1/:send?completed=true&{V}",
    ),
    (
        ops.complete_stream(AT, "c", "s", reason="r"),
        "POST",
        f"{HUB}/connections/c/streams/s/:complete?reason=r&error=r&{V}",
    ),
    (ops.complete_stream(AT, "c", "s"), "POST", f"{HUB}/connections/c/streams/s/:complete?{V}"),
    (
        ops.execute(AT, JoinGroup("g"), where="userId eq 'a b'"),
        "POST",
        f"{HUB}/:execute?filter=userId%20eq%20%27a%20b%27&{V}",
    ),
    (
        ops.generate_token(AT, user_id="u", lifetime=ONE_HOUR),
        "POST",
        f"{HUB}/:generateToken?userId=u&minutesToExpire=60&{V}",
    ),
    (ops.ACCESS_KEY, "GET", f"/api/auth/accessKey?{V}"),
    (ops.HEALTH, "HEAD", f"/api/health?{V}"),
]
# Repeating one of these could reach somebody twice.
ONCE = ("send", "invoke", "execute", "complete_stream", "close_all", "close_user", "close_group")


@pytest.mark.parametrize(
    ("operation", "method", "path_and_query"), NEWEST, ids=lambda value: getattr(value, "name", None)
)
def test_an_operation_of_the_newest_version_is_this_request(
    operation: Operation, method: str, path_and_query: str
) -> None:
    assert (operation.method, operation.path_and_query) == (method, path_and_query)


@pytest.mark.parametrize("operation", [row[0] for row in WIRE + NEWEST], ids=lambda operation: operation.name)
def test_what_could_reach_somebody_twice_is_not_idempotent(operation: Operation) -> None:
    assert operation.is_idempotent != operation.name.startswith(ONCE)


def test_every_operation_has_a_body_of_its_own_type() -> None:
    assert ops.send_to_all(AT, RAW).content_type == "application/octet-stream"
    assert ops.send_to_all(AT, RAW).body == RAW.body
    assert ops.invoke(AT, "c", MESSAGE).body == MESSAGE.body
    assert ops.send_stream_item(AT, "c", "s", StreamItem([1, None])).body == b"[1,null]"
    assert ops.execute(AT, [JoinGroup("g")]).body == b'[{"type": "JoinGroup", "group": "g"}]'


@pytest.mark.parametrize(
    ("options", "parameter"),
    [({"top": 0}, "top"), ({"top": True}, "top"), ({"page_size": 201}, "page_size"), ({"page_size": "9"}, "page_size")],
)
def test_a_page_has_a_sensible_size(options: dict[str, Any], parameter: str) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        ops.list_connections_in_group(AT, "g", **options)
    assert refused.value.parameter == parameter


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published tables are not part of this repository")
def test_every_published_operation_of_the_newest_version_is_there() -> None:
    published = json.loads(PUBLISHED.read_text())["versions"]["2024-12-01"]["operations"]
    ours = {(method, path.partition("?")[0]) for _, method, path in NEWEST}
    assert [
        f"{row['method']} {row['path']}" for row in published if not _covered(row["method"], row["path"], ours)
    ] == []


@pytest.mark.parametrize(
    ("operation", "method", "path_and_query"), WIRE, ids=lambda value: getattr(value, "name", None)
)
def test_an_operation_is_this_request(operation: Operation, method: str, path_and_query: str) -> None:
    assert (operation.method, operation.path_and_query) == (method, path_and_query)
    assert operation.body == (MESSAGE.body if operation.name.startswith("send") else None)
    assert (operation.absent_code is not None) == ("exists" in operation.name)


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published tables are not part of this repository")
def test_every_published_operation_of_version_1_0_is_there() -> None:
    published = json.loads(PUBLISHED.read_text())["versions"]["1.0"]["operations"]
    ours = {(method, path.partition("?")[0]) for _, method, path in WIRE if "/api/v1/" in path}
    missing = [f"{row['method']} {row['path']}" for row in published if not _covered(row["method"], row["path"], ours)]
    # The health check has no hub, and is the newest version's in any case.
    assert missing == ["HEAD /api/v1/health"]


def _covered(method: str, template: str, ours: set[tuple[str, str]]) -> bool:
    pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", template))
    # Existence is asked with HEAD, so the GET of the same path is not needed.
    return any(pattern.fullmatch(path) for verb, path in ours if verb in {method, method.replace("GET", "HEAD")})


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50).filter(
    lambda name: name not in {".", ".."}
)


@given(NAMES)
def test_any_user_id_arrives_as_one_segment_through_requests_own_normalisation(user_id: str) -> None:
    operation = ops.send_to_user(AT, user_id, MESSAGE)
    sent = requests.Request(operation.method, f"http://127.0.0.1:1{operation.path_and_query}").prepare().path_url
    assert sent == operation.path
    assert unquote(sent.removeprefix("/api/v1/hubs/chat/users/")) == user_id
    assert sent.count("/") == 6


@pytest.mark.parametrize("user_id", [".", ".."])
def test_a_user_id_that_would_turn_a_send_into_a_broadcast_is_refused(user_id: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"^user_id must not be"):
        ops.send_to_user(AT, user_id, MESSAGE)


def test_a_reason_must_be_text_and_a_message_a_message() -> None:
    with pytest.raises(InvalidParameterError, match=r"^reason must be text"):
        ops.close_connection(AT, "c", reason=5)  # type: ignore[arg-type]  # a caller without a type checker
    with pytest.raises(InvalidParameterError, match=r"^message must be a Message or a RawMessage, not dict"):
        ops.send_to_all(AT, {"target": "t"})  # type: ignore[arg-type]  # a caller without a type checker


def test_a_token_of_the_service_lives_a_minute_at_least() -> None:
    with pytest.raises(InvalidParameterError, match=r"^lifetime must be at least 60 seconds"):
        ops.generate_token(AT, user_id=None, lifetime=timedelta(seconds=59))
