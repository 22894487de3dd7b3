"""The emulator's own endpoints: what they count and do, and who may not ask."""

from __future__ import annotations

import pytest

from emulator import control
from emulator.options import Options
from emulator.tiers import parse
from tests.emulator.offline import OfflineService
from tests.emulator.wire import running_emulator, sent_over_tcp


async def test_the_state_counts_what_is_there() -> None:
    async with running_emulator(Options(port=0, tier=parse("free"))) as emulator:
        assert await emulator.state() == {"connections": 0, "messagesToday": 0, "hubs": {}}
        ann = await emulator.open("Chat", "ann")
        await emulator.open("chat", "ann")
        await emulator.open("other")
        await emulator.rest("PUT", f"chat/groups/news/connections/{ann.connection_id}")
        await emulator.rest("POST", "chat", {"target": "t"})
        answer = await emulator.request("GET", "/emulator/state")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "connections": 3,
        "messagesToday": 2,
        "hubs": {
            "chat": {"connections": 2, "users": 1, "groups": 1},
            "other": {"connections": 1, "users": 0, "groups": 0},
        },
    }


async def test_reset_closes_everybody_and_forgets_everything() -> None:
    async with running_emulator(Options(port=0, tier=parse("free"))) as emulator:
        ann = await emulator.open(user_id="ann")
        await emulator.rest("PUT", "chat/groups/news/users/ann")
        await emulator.rest("POST", "chat", {"target": "t"})
        assert (await emulator.request("POST", "/emulator/reset")).status == 204
        assert await ann.next_of_type(7) == {"type": 7, "allowReconnect": True}
        assert await ann.close_code() == 1000
        assert await emulator.state() == {"connections": 0, "messagesToday": 0, "hubs": {}}
        assert (await emulator.rest("GET", "chat/groups/news/users/ann")).status == 404


@pytest.mark.parametrize(("method", "path"), [("GET", "/emulator/state"), ("POST", "/emulator/reset")])
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1:1", "null", "http://[", "x", ""]
)
async def test_a_page_of_another_origin_is_403(method: str, path: str, origin: str) -> None:
    async with running_emulator() as emulator:
        ann = await emulator.open()
        headers = {"Origin": origin.format(port=emulator.port)}
        answer = await emulator.request(method, path, headers=headers)
        assert (answer.status, answer.body) == (403, b"This is for callers on the emulator's own machine.")
        assert await emulator.received([ann]) == [[]]


async def test_a_page_of_the_emulators_own_origin_is_answered() -> None:
    async with running_emulator() as emulator:
        answer = await emulator.request("GET", "/emulator/state", headers={"Origin": emulator.endpoint})
    assert answer.status == 200


@pytest.mark.parametrize(
    "host", ["evil.example:8888", "192.0.2.1", "[", "a b", "", "localhost:port", "localhost.evil.example"]
)
async def test_a_name_that_was_made_to_lead_here_is_403(host: str) -> None:
    async with running_emulator() as emulator:
        head = f"GET /emulator/state HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        status = (await sent_over_tcp(emulator.port, head.encode())).split(b"\r\n")[0]
    assert status == b"HTTP/1.1 403 Forbidden"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8888"])
async def test_any_name_of_this_machine_is_answered(host: str) -> None:
    async with running_emulator() as emulator:
        head = f"GET /emulator/state HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        assert (await sent_over_tcp(emulator.port, head.encode())).startswith(b"HTTP/1.1 200 ")


async def test_a_caller_on_another_machine_is_403(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def is_loopback(host: str) -> bool:
        asked.append(host)
        return False

    monkeypatch.setattr(control, "is_loopback", is_loopback)  # tests talk to 127.0.0.1 only
    async with running_emulator() as emulator:
        assert (await emulator.request("GET", "/emulator/state")).status == 403
    assert asked == ["127.0.0.1"]


def test_a_connection_that_waits_for_its_transport_outlives_a_reset() -> None:
    service = OfflineService().service
    connection = service.negotiate("chat", None, {})
    service.reset()
    assert service.connection(connection.connection_token, "chat") is connection
