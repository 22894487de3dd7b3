"""Operations: method, path, query and body of every call, as the published API has them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from shared import InvalidParameterError, Message
from shared import operations as ops
from shared.operations import Operation

MESSAGE = Message("newMessage", ["hi"])
ONE_HOUR = timedelta(hours=1)
PUBLISHED = Path(__file__).parents[3] / "shared" / "rest-operations.json"

WIRE: list[tuple[Operation, str, str]] = [
    (ops.send_to_all("Chat", MESSAGE), "POST", "/api/v1/hubs/chat"),
    (ops.send_to_all("chat", MESSAGE, excluded=["a", "b,c"]), "POST", "/api/v1/hubs/chat?excluded=a&excluded=b%2Cc"),
    (ops.send_to_user("chat", "ann", MESSAGE), "POST", "/api/v1/hubs/chat/users/ann"),
    (ops.send_to_group("chat", "g", MESSAGE), "POST", "/api/v1/hubs/chat/groups/g"),
    (ops.send_to_group("chat", "g", MESSAGE, excluded=["a"]), "POST", "/api/v1/hubs/chat/groups/g?excluded=a"),
    (ops.send_to_connection("chat", "c-1", MESSAGE), "POST", "/api/v1/hubs/chat/connections/c-1"),
    (ops.connection_exists("chat", "c-1"), "HEAD", "/api/v1/hubs/chat/connections/c-1"),
    (ops.user_exists("chat", "ann"), "HEAD", "/api/v1/hubs/chat/users/ann"),
    (ops.group_exists("chat", "g"), "HEAD", "/api/v1/hubs/chat/groups/g"),
    (ops.user_exists_in_group("chat", "g", "ann"), "HEAD", "/api/v1/hubs/chat/groups/g/users/ann"),
    (ops.close_connection("chat", "c-1"), "DELETE", "/api/v1/hubs/chat/connections/c-1"),
    (ops.close_connection("chat", "c", reason="a b&c"), "DELETE", "/api/v1/hubs/chat/connections/c?reason=a%20b%26c"),
    (ops.add_connection_to_group("chat", "g", "c-1"), "PUT", "/api/v1/hubs/chat/groups/g/connections/c-1"),
    (ops.remove_connection_from_group("chat", "g", "c-1"), "DELETE", "/api/v1/hubs/chat/groups/g/connections/c-1"),
    (ops.add_user_to_group("chat", "g", "ann"), "PUT", "/api/v1/hubs/chat/groups/g/users/ann"),
    (ops.add_user_to_group("chat", "g", "a", ttl=timedelta(0)), "PUT", "/api/v1/hubs/chat/groups/g/users/a?ttl=0"),
    (ops.add_user_to_group("chat", "g", "a", ttl=ONE_HOUR), "PUT", "/api/v1/hubs/chat/groups/g/users/a?ttl=3600"),
    (ops.remove_user_from_group("chat", "g", "ann"), "DELETE", "/api/v1/hubs/chat/groups/g/users/ann"),
    (ops.remove_user_from_all_groups("chat", "ann"), "DELETE", "/api/v1/hubs/chat/users/ann/groups"),
    (
        ops.generate_token("Chat", user_id="a/b", lifetime=timedelta(seconds=119)),
        "POST",
        "/api/hubs/chat/:generateToken?userId=a%2Fb&minutesToExpire=1&api-version=2022-11-01",
    ),
    (
        ops.generate_token("chat", user_id=None, lifetime=ONE_HOUR),
        "POST",
        "/api/hubs/chat/:generateToken?minutesToExpire=60&api-version=2022-11-01",
    ),
    (
        ops.send_to_user("a[`,.]", "ä b/c?d#e%2F*~", MESSAGE),
        "POST",
        "/api/v1/hubs/a%5B%60%2C.%5D/users/%C3%A4%20b%2Fc%3Fd%23e%252F%2A~",
    ),
]


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
    # Existence is asked with HEAD, so the GET of the same path is not needed; health has no hub and comes later.
    assert missing == ["HEAD /api/v1/health"]


def _covered(method: str, template: str, ours: set[tuple[str, str]]) -> bool:
    pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", template))
    return any(pattern.fullmatch(path) for verb, path in ours if verb == method.replace("GET", "HEAD"))


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50).filter(
    lambda name: name not in {".", ".."}
)


@given(NAMES)
def test_any_user_id_arrives_as_one_segment_through_requests_own_normalisation(user_id: str) -> None:
    operation = ops.send_to_user("chat", user_id, MESSAGE)
    sent = requests.Request(operation.method, f"http://127.0.0.1:1{operation.path_and_query}").prepare().path_url
    assert sent == operation.path
    assert unquote(sent.removeprefix("/api/v1/hubs/chat/users/")) == user_id
    assert sent.count("/") == 6


@pytest.mark.parametrize("user_id", [".", ".."])
def test_a_user_id_that_would_turn_a_send_into_a_broadcast_is_refused(user_id: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"^user_id must not be"):
        ops.send_to_user("chat", user_id, MESSAGE)


def test_a_reason_must_be_text_and_a_message_a_message() -> None:
    with pytest.raises(InvalidParameterError, match=r"^reason must be text"):
        ops.close_connection("chat", "c", reason=5)  # type: ignore[arg-type]  # a caller without a type checker
    with pytest.raises(InvalidParameterError, match=r"^message must be a Message, not dict"):
        ops.send_to_all("chat", {"target": "t"})  # type: ignore[arg-type]  # a caller without a type checker


def test_a_token_of_the_service_lives_a_minute_at_least() -> None:
    with pytest.raises(InvalidParameterError, match=r"^lifetime must be at least 60 seconds"):
        ops.generate_token("chat", user_id=None, lifetime=timedelta(seconds=59))
