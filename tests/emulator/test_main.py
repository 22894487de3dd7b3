"""`python -m emulator` as its user runs it: what it prints, how it ends, and what it never shows."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import aiohttp
import pytest

from emulator.__main__ import _cannot_listen, _connection_string
from emulator.options import PUBLISHED_ACCESS_KEY, Options
from tests.emulator.wire import WireEmulator, sent_over_tcp, signed
from tests.processes import ROOT, ServerProcess

ANNOUNCEMENTS = ("Connection string: ", "Now listening on: ")
OWN_KEY = "an-access-key-of-my-own-0123456789abcdefgh"


def port_of(process: ServerProcess) -> int:
    return int(process.address.rpartition(":")[2])


def test_the_connection_string_is_printed_with_the_port_it_got() -> None:
    with ServerProcess("-m", "emulator", "--port", "0") as process:
        port = port_of(process)
        expected = f"Endpoint=http://127.0.0.1;Port={port};AccessKey={PUBLISHED_ACCESS_KEY};Version=1.0;"
        assert f"Connection string: {expected}\n" in process.output
        assert process.stop() == 0


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert _connection_string(Options(host="::1"), 8888).startswith("Endpoint=http://[::1];Port=8888;")


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_closes_the_clients_and_ends_cleanly(signal_: signal.Signals) -> None:
    with ServerProcess("-m", "emulator", "--port", "0") as process:
        async with aiohttp.ClientSession() as session:
            client = await WireEmulator(session, port_of(process)).open()
            process.process.send_signal(signal_)
            assert await client.next() == {"type": 7, "allowReconnect": True}
            assert await client.close_code() == 1000
        assert process.process.wait(10) == 0
        assert not [line for line in process.output if "Traceback" in line]


def test_a_taken_port_is_one_line_and_exit_code_1() -> None:
    with ServerProcess("-m", "emulator", "--port", "0") as process:
        port = port_of(process)
        ended = subprocess.run(
            [sys.executable, "-m", "emulator", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"Port {port} is taken: choose another with --port, or --port 0 for any free one.\n"


def test_an_address_that_is_not_here_is_one_line_too() -> None:
    text = _cannot_listen(Options(host="192.0.2.1"), OSError(99, "Cannot assign requested address"))
    assert text == "Cannot listen on 192.0.2.1:8888 (--host, --port): Cannot assign requested address."


@pytest.mark.parametrize("log_format", ["text", "json"])
async def test_no_token_and_no_key_is_ever_shown(log_format: str) -> None:
    text = f"-m emulator --port 0 --access-key {OWN_KEY} --log-level debug --log-format {log_format}"
    with ServerProcess(*text.split(), "--client-messages", "ignore") as process:
        async with aiohttp.ClientSession() as session:
            emulator = WireEmulator(session, port_of(process))
            secrets = [OWN_KEY, *await a_session_with_every_kind_of_request(emulator)]
        assert process.stop() == 0
        output = "".join(process.output)
    assert "<your access key>" in output
    assert "401 The audience is invalid" in output
    assert re.search(r"hub chat: connection \S+ opened", output)
    if log_format == "json":
        lines = [json.loads(line) for line in process.output if not line.startswith(ANNOUNCEMENTS)]
        assert all({"time", "level", "message"} <= line.keys() for line in lines)
        assert {"opened", "invoked", "closed"} <= {line.get("event") for line in lines}
    for secret in secrets:
        for part in [secret, *secret.split(".")[1:]]:
            assert part[:40] not in output


async def a_session_with_every_kind_of_request(emulator: WireEmulator) -> list[str]:
    """Good, bad, refused and unreadable requests; returns every secret that went over the wire."""
    client = emulator.client_token(key=OWN_KEY, nameid="ann")
    wrong = signed("http://127.0.0.1/other", OWN_KEY)
    bearer = {"Authorization": f"Bearer {client}"}
    negotiated = await emulator.request("POST", "/client/negotiate?hub=chat&negotiateVersion=1", headers=bearer)
    id_: str = negotiated.json()["connectionToken"]
    socket = await emulator.socket(f"hub=chat&id={id_}&access_token={client}", None)
    await socket.send_str('{"protocol":"json","version":1}\x1e{"type":1,"target":"send","arguments":[]}\x1e')
    await socket.receive_str()
    await emulator.request("GET", f"/client/?hub=chat&access_token={client}")
    await emulator.request("POST", "/api/v1/hubs/chat", headers={"Authorization": f"Bearer {wrong}"})
    await emulator.request("GET", f"/nowhere?access_token={client}")
    padding = b"x" * 20_000
    for head in (
        b"GET /client/?hub=chat&access_token=" + client.encode() + padding + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /client/?access_token=" + client.encode() + b" BAD HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + client.encode() + padding + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nBearer " + client.encode() + b"\r\n\r\n",
    ):
        assert b" 400 " in await sent_over_tcp(emulator.port, head)
    await socket.close()
    return [client, wrong, id_]
