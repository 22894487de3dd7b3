"""Settings: host.json, local.settings.json and the environment variables that the app and its worker see."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from functions_host.errors import SettingsError

DEFAULT_PORT = 7071
# Measured best for functions that wait for a backend; more threads wait for each other.
DEFAULT_THREAD_COUNT = 32


@dataclass(frozen=True)
class LocalSettings:
    """What local.settings.json says; all of it is optional."""

    values: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    cors_origins: tuple[str, ...] = ()
    cors_credentials: bool = False


def read_route_prefix(root: Path) -> str:
    """`extensions.http.routePrefix` of host.json, without slashes; raises SettingsError."""
    path = root / "host.json"
    if not path.exists():
        raise SettingsError(
            f"There is no host.json in {root}: run in the function app's folder, or name it with --root."
        )
    content = _read_object(path)
    if content.get("version") != "2.0":
        raise SettingsError('host.json: "version" must be "2.0".')
    prefix = _section(_section(content, "extensions", path), "http", path).get("routePrefix", "api")
    if not isinstance(prefix, str):
        raise SettingsError('host.json: "extensions.http.routePrefix" must be text.')
    return prefix.strip("/")


def read_local_settings(root: Path) -> LocalSettings:
    """local.settings.json of the app, or what an absent one stands for; raises SettingsError."""
    path = root / "local.settings.json"
    if not path.exists():
        return LocalSettings()
    content = _read_object(path)
    # Core Tools take a missing IsEncrypted for true.
    if content.get("IsEncrypted", True) is not False:
        raise SettingsError('local.settings.json: this host reads no encrypted settings; set "IsEncrypted" to false.')
    host = _section(content, "Host", path)
    return LocalSettings(
        values={name: _text(name, value) for name, value in _section(content, "Values", path).items()},
        port=None if "LocalHttpPort" not in host else _port(host["LocalHttpPort"]),
        cors_origins=split_origins(str(host.get("CORS") or "")),
        cors_credentials=host.get("CORSCredentials", False) is True,
    )


def split_origins(text: str) -> tuple[str, ...]:
    """The origins of a comma list, as in `--cors` and `Host.CORS`."""
    return tuple(filter(None, (origin.strip() for origin in text.split(","))))


def prepare_environment(environ: MutableMapping[str, str], values: Mapping[str, str], *, root: Path, port: int) -> None:
    """Set what the app expects of its host; a variable that is already set and not empty wins over `values`."""
    defaults = {
        **values,
        "AZURE_FUNCTIONS_ENVIRONMENT": values.get("AZURE_FUNCTIONS_ENVIRONMENT") or "Development",
        "PYTHON_THREADPOOL_THREAD_COUNT": values.get("PYTHON_THREADPOOL_THREAD_COUNT") or str(DEFAULT_THREAD_COUNT),
    }
    for name, value in defaults.items():
        if not environ.get(name):
            environ[name] = value
    environ["WEBSITE_HOSTNAME"] = f"localhost:{port}"
    environ["AzureWebJobsScriptRoot"] = str(root)


def thread_count(environ: Mapping[str, str]) -> int:
    """How many synchronous functions may run at once; raises SettingsError."""
    text = environ.get("PYTHON_THREADPOOL_THREAD_COUNT") or str(DEFAULT_THREAD_COUNT)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise SettingsError(f"PYTHON_THREADPOOL_THREAD_COUNT is '{text}'; it must be a whole number above 0.")
    return int(text)


def _read_object(path: Path) -> dict[str, Any]:
    try:
        # Visual Studio writes a byte order mark.
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        raise SettingsError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path.name} must hold a JSON object.")
    return content


def _section(content: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    section = content.get(name, {})
    if not isinstance(section, dict):
        raise SettingsError(f'{path.name}: "{name}" must be a JSON object.')
    return section


def _text(name: str, value: object) -> str:
    if isinstance(value, dict | list):
        raise SettingsError(f'local.settings.json: the value of "{name}" in "Values" must be text.')
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _port(value: object) -> int:
    if not str(value).isdecimal() or int(str(value)) > 65535:
        raise SettingsError('local.settings.json: "Host.LocalHttpPort" must be a port, 0 to 65535.')
    return int(str(value))
