"""`dev.py run`: the emulator and the function app as two processes, started in order and stopped together."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
from collections.abc import Mapping

from devtools.access import CONNECTION, Access, ManagedIdentity, PublishedKey
from devtools.environment import ROOT, TO_RUN, prepare, prepare_node
from devtools.problem import Problem
from devtools.servers import Servers

SETTINGS = ROOT / "local.settings.json"


def run(port: int, emulator_port: int, *, with_emulator: bool, with_identity: bool = False) -> int:
    """Run until Ctrl-C, SIGTERM or the end of either process; returns the exit code."""
    python = prepare(TO_RUN)
    _make_settings()
    _require_free(port, "--port")
    with Servers(python) as servers:
        if with_emulator:
            _require_free(emulator_port, "--emulator-port")
            if reason := prepare_node():
                print(f"The demo page will load the official client from a CDN: {reason}.", flush=True)
            access: Access = ManagedIdentity() if with_identity else PublishedKey()
            emulator = _start_emulator(servers, emulator_port, access)
            origins = [emulator, emulator.replace("127.0.0.1", "localhost")]
            app = _start_app(servers, port, _env_for(access.app_env(emulator)), origins)
            _announce(app, emulator, access.shown(emulator))
        else:
            _require_connection()
            _announce(_start_app(servers, port, os.environ, []))
        return servers.wait()


def _start_emulator(servers: Servers, port: int, access: Access) -> str:
    arguments = ["-m", "emulator", "--port", str(port), *access.emulator_arguments]
    return servers.start("emulator", arguments, {**os.environ, **access.emulator_env})


def _start_app(servers: Servers, port: int, env: Mapping[str, str], origins: list[str]) -> str:
    arguments = ["-m", "functions_host", "--port", str(port)]
    if origins:
        arguments += ["--cors", ",".join(origins), "--cors-credentials"]
    return servers.start("functions", arguments, env)


def _make_settings() -> None:
    if not SETTINGS.exists():
        shutil.copyfile(ROOT / "local.settings.json.template", SETTINGS)
        print("Made local.settings.json from its template (git ignores it).", flush=True)


def _settings() -> dict[str, str]:
    try:
        values = json.loads(SETTINGS.read_text(encoding="utf-8-sig")).get("Values", {})
    except (ValueError, AttributeError, OSError) as error:
        raise Problem(f"local.settings.json cannot be read: {error}") from error
    return values if isinstance(values, dict) else {}


def _require_free(port: int, option: str) -> None:
    """Find out before anything starts; the server itself would notice later and in other words."""
    with socket.socket() as probe:
        if os.name != "nt":  # there it would allow a second listener instead of a port that has just been left
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Problem(f"port {port} may not be used by this user: choose one above 1023 with {option}.") from None
        except OSError:
            raise Problem(
                f"port {port} is taken by another program: end that one (a run before this?), or choose another port "
                f"with {option} ({option} 0: any free one)."
            ) from None


def _require_connection() -> None:
    settings = _settings()
    if not any(os.environ.get(name) or settings.get(name) for name in (CONNECTION, f"{CONNECTION}__serviceUri")):
        raise Problem(
            f"--no-emulator needs a service: set {CONNECTION} (or {CONNECTION}__serviceUri for Entra ID) in the "
            "environment or in local.settings.json."
        )


def _env_for(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment in which the app meets this emulator by these settings, whatever else is set."""
    if os.environ.get(CONNECTION):
        print(f"{CONNECTION} of the environment is not used: the emulator is (--no-emulator changes that).", flush=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CONNECTION)}
    # The host fills in what local.settings.json has and the environment lacks; a blank is neither lacking nor a value.
    blank = {name: " " for name in _settings() if name.startswith(CONNECTION)}
    return {**kept, **blank, **settings}


def _announce(app: str, emulator: str | None = None, service: str = "") -> None:
    hub = os.environ.get("SIGNALR_DEFAULT_HUB") or _settings().get("SIGNALR_DEFAULT_HUB") or "chat"
    lines = []
    if emulator:
        query = "?user=alice" if app.endswith(":7071") else f"?user=alice&api={app}/api"
        lines += [f"Demo page:          {emulator}/{query}", service]
    lines += [
        "",
        "Broadcast a message from another terminal:",
        f"  {_curl(f'{app}/api/hubs/{hub}')}",
        "",
        "Ctrl-C stops.",
    ]
    print("\n" + "\n".join(lines) + "\n", flush=True)


def _curl(url: str) -> str:
    body = json.dumps({"target": "newMessage", "arguments": ["Hello from the terminal"]})
    quoted = '"' + re.sub('"', r"\\\"", body) + '"' if os.name == "nt" else f"'{body}'"
    return f'curl -X POST {url} -H "Content-Type: application/json" -d {quoted}'
