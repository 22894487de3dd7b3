"""The server: connections that stay, bodies that nobody read, requests that are not HTTP, many at once, its end."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from functions_host.errors import SettingsError
from functions_host.server import listen
from tests.functions_host.hosts import LIMIT_SECONDS, Connection, run_host, send, wait_until, write_app
from tests.processes import ROOT, ServerProcess

WAITING_APP = """
import asyncio, threading
app = func.FunctionApp(http_auth_level="ANONYMOUS")
together = threading.Barrier(8, timeout=20)

@app.route()
def meet(req: func.HttpRequest) -> str:
    together.wait()
    return "met"

@app.route()
async def sleep(req: func.HttpRequest) -> str:
    await asyncio.sleep(0.2)
    return "slept"

@app.route()
def hang(req: func.HttpRequest) -> str:
    time.sleep(600)
    return "never"
"""


def raw_exchange(address: str, sent: bytes) -> bytes:
    """Everything that comes back until the server closes the connection."""
    location = urlsplit(address)
    with socket.create_connection((location.hostname or "", location.port or 0), timeout=LIMIT_SECONDS) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_connection_serves_one_request_after_another(echo_host: ServerProcess) -> None:
    with contextlib.closing(Connection(echo_host.address)) as connection:
        first = connection.send("GET", "/api/echo/1").json["route_values"]
        port = connection.local_port
        # Of these the host leaves the body unread.
        assert connection.send("POST", "/nothing", body=b"x" * 200_000).status == 404
        chunked = connection.send("POST", "/api/echo", [("Transfer-Encoding", "chunked")], b"3\r\nabc\r\n0\r\n\r\n")
        assert chunked.status == 200
        assert connection.send("GET", "/api/fails").status == 500
        second = connection.send("GET", "/api/echo/2").json["route_values"]
        assert (first, second, connection.local_port) == ({"value": "1"}, {"value": "2"}, port)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"GET /api/text HTTP/1.0\r\n\r\n", b"HTTP/1.1 200 "),
        (b"GET /api/text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 "),
        (b"POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", b"HTTP/1.1 400 "),
        (b"POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"HTTP/1.1 400 "),
        (b"POST /api/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 200 "),
        ("GET /api/echo/ü HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode(), b"HTTP/1.1 400 "),
        (b"GET /?code=secret too many words\r\n\r\n", b""),
        (b"\r\n\r\n", b""),
    ],
)
def test_connection_ends_where_the_next_request_cannot_begin(
    echo_host: ServerProcess, sent: bytes, answer: bytes
) -> None:
    received = raw_exchange(echo_host.address, sent)
    assert received.startswith(answer)
    assert received.count(b"HTTP/1.1 ") <= 1
    assert send(echo_host, "GET", "/admin/host/ping").status == 200


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(echo_host: ServerProcess) -> None:
    head = (
        b"POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    received = raw_exchange(echo_host.address, head + b"hello")
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
    assert b'"body": "hello"' in received


def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody(echo_host: ServerProcess) -> None:
    location = urlsplit(echo_host.address)
    with socket.create_connection((location.hostname or "", location.port or 0), timeout=LIMIT_SECONDS) as connection:
        connection.sendall(b"POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
    assert send(echo_host, "GET", "/api/text").status == 200


def test_functions_run_beside_each_other(tmp_path: Path) -> None:
    with run_host(write_app(tmp_path, WAITING_APP)) as host, ThreadPoolExecutor(16) as pool:
        met = list(pool.map(lambda _: send(host, "GET", "/api/meet").body, range(8)))
        assert met == [b"met"] * 8
        slept = list(pool.map(lambda _: send(host, "GET", "/api/sleep").body, range(16)))
        assert slept == [b"slept"] * 16


def started_hang(host: ServerProcess) -> None:
    """Call the function that never ends, and return once it runs."""

    def call() -> None:
        with contextlib.suppress(OSError, Exception):
            send(host, "GET", "/api/hang")

    threading.Thread(target=call, daemon=True).start()
    wait_until(lambda: any("Executing 'Functions.hang'" in line for line in list(host.output)))


def test_a_function_that_hangs_does_not_keep_the_host_from_ending(tmp_path: Path) -> None:
    with run_host(write_app(tmp_path, WAITING_APP)) as host:
        started_hang(host)
        assert host.stop() == 0
    assert any("they are cut off" in line for line in host.output)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_signal_ends_the_host_cleanly(tmp_path: Path, name: str) -> None:
    write_app(tmp_path, WAITING_APP)
    with run_host(tmp_path) as host:
        assert send(host, "GET", "/api/sleep").status == 200
        host.process.send_signal(signal.Signals[name])
        assert host.process.wait(10) == 0
    assert not any("Traceback" in line for line in host.output)


def test_a_port_that_is_taken_is_named_with_its_option(tmp_path: Path) -> None:
    write_app(tmp_path, WAITING_APP)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "functions_host", "--root", str(tmp_path), "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(f"Port {port} at 127.0.0.1 cannot be used: .*in use.*--port.*\n", done.stderr)


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(SettingsError, match=r"Port 0 at 192\.0\.2\.1 cannot be used: .*--host"):
        listen("192.0.2.1", 0)


def test_ipv6_is_listened_on() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        listener = listen("::1", 0)
    except SettingsError:
        pytest.skip("this machine has no IPv6 loopback")
    with listener:
        assert listener.family is socket.AF_INET6
