"""Every REST request: its token, its names, its query."""

from __future__ import annotations

import time

import pytest

from tests.emulator.rest.rows import ROWS, Row
from tests.emulator.wire import OTHER_KEY, running_emulator, sent_over_tcp, signed


def path_of(row: Row) -> str:
    return "/api/v1/hubs/" + row.path.format(connection="nobody")


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_row_without_a_good_token_is_401(row: Row) -> None:
    path = path_of(row)
    async with running_emulator() as emulator:
        here = emulator.endpoint + path
        for token, description in [
            (signed(here, OTHER_KEY), "The signature key was not found"),
            (signed(here, exp=int(time.time()) - 301), "The token expired at '"),
            (signed(emulator.endpoint + "/api/v1/hubs/other"), f"The audience is invalid: expected '{here}', got '"),
            (signed(f"{emulator.endpoint}/client/?hub=chat"), f"The audience is invalid: expected '{here}', got '"),
        ]:
            answer = await emulator.request(row.method, path, headers={"Authorization": f"Bearer {token}"})
            assert (answer.status, answer.body) == (401, b"")
            assert answer.challenge is not None
            assert answer.challenge.startswith(f'Bearer error="invalid_token", error_description="{description}')
        for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}):
            answer = await emulator.request(row.method, f"{path}?access_token={signed(here)}", headers=headers)
            assert (answer.status, answer.challenge, answer.body) == (401, "Bearer", b"")


@pytest.mark.parametrize(
    "audience",
    ["http://localhost{path}", "http://127.0.0.1:{port}{path}/", "http://127.0.0.1{path}?api-version=2022-06-01"],
)
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer   "])
async def test_each_generation_of_clients_is_let_in(audience: str, scheme: str) -> None:
    path = "/api/v1/hubs/chat/groups/a%2Fb/users/ann"
    async with running_emulator() as emulator:
        token = signed(audience.format(path=path, port=emulator.port))
        assert (await emulator.request("PUT", path, headers={"Authorization": scheme + token})).status == 202


@pytest.mark.parametrize(
    ("method", "path", "parameter"),
    [
        ("GET", "my-hub/users/ann", "hub"),
        ("GET", "1hub/groups/news", "hub"),
        ("GET", "a%7Bb%7D/groups/news", "hub"),
        ("GET", "chat/groups/%20", "group"),
        ("GET", "chat/groups/a%0Ab", "group"),
        ("GET", "chat/groups/" + "a" * 1025, "group"),
        ("PUT", "chat/groups/news/users/ann?ttl=-1", "ttl"),
        ("PUT", "chat/groups/news/users/ann?ttl=soon", "ttl"),
        ("PUT", "chat/groups/news/users/ann?ttl=", "ttl"),
        ("PUT", "chat/groups/news/users/ann?ttl=2147483648", "ttl"),
        ("PUT", "chat/groups/news/users/ann?ttl=1e3", "ttl"),
        ("PUT", "chat/groups/news/users/ann?ttl=%D9%A3", "ttl"),
    ],
)
async def test_a_bad_parameter_is_400_and_named(method: str, path: str, parameter: str) -> None:
    async with running_emulator() as emulator:
        answer = await emulator.rest(method, path)
    assert (answer.status, answer.code) == (400, "Error.Request.Invalid")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.body.decode().startswith(f"{parameter}: ")


@pytest.mark.parametrize("ttl", ["0", "2147483647"])
async def test_a_ttl_at_its_limits_is_taken(ttl: str) -> None:
    async with running_emulator() as emulator:
        assert (await emulator.rest("PUT", f"chat/groups/news/users/ann?ttl={ttl}")).status == 202


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api", 404),
        ("GET", "/api/v1", 404),
        ("GET", "/api/v1/hubs", 404),
        ("GET", "/api/v1/hubs/", 404),
        ("POST", "/api/v1/hubs/chat/users/", 404),
        ("POST", "/api/v1/hubs/chat/rooms/x", 404),
        ("GET", "/api/v1/hubs/chat", 405),
        ("PATCH", "/api/v1/hubs/chat/users/ann", 405),
        ("POST", "/api/v1/health", 405),
    ],
)
async def test_what_is_no_operation_is_404_or_405(method: str, path: str, status: int) -> None:
    async with running_emulator() as emulator:
        assert (await emulator.request(method, path)).status == status


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_health_needs_no_token(method: str) -> None:
    async with running_emulator() as emulator:
        answer = await emulator.request(method, "/api/v1/health")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("host", [b"a:b", b"127.0.0.1:99999999"])
async def test_a_host_header_that_is_no_host_is_400(host: bytes) -> None:
    async with running_emulator() as emulator:
        head = b"POST /api/v1/hubs/chat HTTP/1.1\r\nHost: %b\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n"
        answer = await sent_over_tcp(emulator.port, head % host)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Host: the header is no host" in answer


async def test_a_token_of_bytes_that_are_no_text_is_401() -> None:
    async with running_emulator() as emulator:
        head = b"GET /api/v1/hubs/chat/users/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \xff.\xfe.x\r\n"
        head += b"Connection: close\r\n\r\n"
        answer = await sent_over_tcp(emulator.port, head)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b'error="invalid_token"' in answer
