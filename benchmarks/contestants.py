"""The contestants of the broadcasts: how each server is started, joined, and made to broadcast."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jwt
import msgspec

from benchmarks.programs import MissingError, compiled
from benchmarks.servers import ROOT

# The emulator's own, which is published.
ACCESS_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"
SEPARATOR = b"\x1e"
TARGET = "newMessage"
HUBS = {"json": "chat", "messagepack": "binary"}


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """A WebSocket frame as a client sends it; the mask is zero."""
    assert len(payload) < 126
    return bytes((0x80 | opcode, 0x80 | len(payload))) + bytes(4) + payload


def http(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole request; names of headers are written with underscores."""
    named = {"Host": "127.0.0.1"} | headers
    lines = [f"{method} {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in named.items())]
    if method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def host(address: str) -> str:
    return address.removeprefix("http://")


def upgrade(path: str, **headers: str) -> bytes:
    return http(
        "GET",
        path,
        b"",
        Upgrade="websocket",
        Connection="Upgrade",
        Sec_WebSocket_Version="13",
        Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAA==",
        **headers,
    )


def signed(audience: str, **claims: object) -> str:
    return jwt.encode({"aud": audience, "exp": int(time.time()) + 7200, **claims}, ACCESS_KEY, algorithm="HS256")


@dataclass(frozen=True)
class Joining:
    """What a client sends to be connected, and how many frames it gets before it is."""

    upgrade: bytes
    hello: bytes = b""
    ready_after: int = 0


@dataclass(frozen=True)
class Contestant:
    """A server; `joining` and `trigger` are given its address, the hub protocol and the text to send.

    `ping` is what its clients say every 15 seconds.
    """

    name: str
    command: Callable[[], Sequence[str]]
    joining: Callable[[str, str], Joining]
    trigger: Callable[[str, str, str], bytes]
    ping: bytes = b""


def record(protocol: str, text: str) -> bytes:
    """The invocation as the service sends it."""
    if protocol == "json":
        return (
            json.dumps({"type": 1, "target": TARGET, "arguments": [text]}, separators=(",", ":")).encode() + SEPARATOR
        )
    body = msgspec.msgpack.encode([1, {}, None, TARGET, [text]])
    return bytes((len(body) & 0x7F | 0x80, len(body) >> 7)) + body


def message(text: str) -> bytes:
    return json.dumps({"target": TARGET, "arguments": [text]}).encode()


def handshake(protocol: str) -> bytes:
    return frame(json.dumps({"protocol": protocol, "version": 1}).encode() + SEPARATOR)


def _join_emulator(address: str, protocol: str) -> Joining:
    hub = HUBS[protocol]
    token = signed(f"{address}/client/?hub={hub}")
    request = upgrade(f"/client/?hub={hub}", Host=host(address), Authorization=f"Bearer {token}")
    return Joining(request, handshake(protocol), 1)


def emulator_call(address: str, method: str, path: str, body: bytes = b"", query: str = "") -> bytes:
    """A signed REST call; the query is without a question mark."""
    return http(
        method,
        f"{path}?{query}" if query else path,
        body,
        Host=host(address),
        Authorization=f"Bearer {signed(address + path)}",
        Content_Type="application/json",
    )


def _broadcast_emulator(address: str, protocol: str, text: str) -> bytes:
    return emulator_call(address, "POST", f"/api/v1/hubs/{HUBS[protocol]}", message(text))


def _plain_broadcast(_: str, protocol: str, text: str) -> bytes:
    """Peers without MessagePack send the ready record as a binary frame."""
    if protocol == "json":
        return http("POST", "/broadcast", message(text), Content_Type="application/json")
    return http("POST", "/broadcast-bytes", record(protocol, text), Content_Type="application/octet-stream")


def _python(module: str, *needed: str) -> Callable[[], Sequence[str]]:
    def command() -> Sequence[str]:
        for name in needed:
            if importlib.util.find_spec(name) is None:
                raise MissingError(f"{name} is not installed")
        return [sys.executable, "-u", "-m", module]

    return command


def _node() -> Sequence[str]:
    node = shutil.which("node")
    if node is None:
        raise MissingError("Node.js is not installed")
    library = Path(sys.prefix) / "node_modules" / "ws"
    if not library.is_dir():
        raise MissingError("ws is not installed")
    return [node, str(ROOT / "benchmarks" / "peers" / "node_ws.js"), str(library)]


def _join_plainly(_: str, __: str) -> Joining:
    return Joining(upgrade("/ws"))


# Clients that only listen would be dropped after the client timeout.
_OURS = [sys.executable, "-m", "emulator", "--port", "0", "--log-level", "warning", "--client-timeout", "900"]
_PING = frame(b'{"type":6}' + SEPARATOR)

OURS = Contestant("ours", lambda: _OURS, _join_emulator, _broadcast_emulator, _PING)
FLOOR = Contestant(
    "C epoll loop",
    lambda: [compiled("floor")],
    _join_plainly,
    lambda _, protocol, text: http("POST", "/", record(protocol, text)),
)
BARE_UVLOOP = Contestant(
    "bare uvloop", _python("benchmarks.peers.bare_uvloop", "uvloop"), _join_plainly, _plain_broadcast, _PING
)
# Not what anyone would use instead, but what asyncio leaves to be gained.
BARE_ASYNCIO = Contestant("bare asyncio", _python("benchmarks.peers.bare_asyncio"), _join_plainly, FLOOR.trigger)
NODE_WS = Contestant("node ws", _node, _join_plainly, _plain_broadcast)
STARLETTE = Contestant(
    "uvicorn + Starlette",
    _python("benchmarks.peers.starlette_server", "starlette", "uvicorn", "websockets"),
    _join_plainly,
    _plain_broadcast,
)
AIOSIGNALR = Contestant(
    "aiosignalr",
    _python("benchmarks.peers.aiosignalr_server", "aiosignalr"),
    lambda _, protocol: Joining(upgrade("/hub"), handshake(protocol), 1),
    lambda _, __, text: http("POST", "/broadcast", message(text), Content_Type="application/json"),
    _PING,
)
SOCKETIO = Contestant(
    "python-socketio",
    _python("benchmarks.peers.socketio_server", "socketio", "uvicorn", "websockets"),
    # Engine.IO opens with a frame of its own; Socket.IO's connect packet is answered with a second one.
    lambda _, __: Joining(upgrade("/socket.io/?EIO=4&transport=websocket"), frame(b"40"), 2),
    lambda _, __, text: http("POST", "/broadcast", message(text), Content_Type="application/json"),
)
PEER_SERVERS = (NODE_WS, STARLETTE, AIOSIGNALR, SOCKETIO)
