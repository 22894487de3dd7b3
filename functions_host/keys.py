"""Keys: who may call a function when the host runs with --enable-auth."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from functions_host.errors import SettingsError
from functions_host.functions import AuthLevel, HttpFunction

KEYS_FILE = Path(".functions_host") / "keys.json"
HOST_KEY_SETTING = "FUNCTIONS_HOST_KEY"


@dataclass(frozen=True)
class Keys:
    """The master key opens everything, the host key all functions of level FUNCTION, a function's own key just it."""

    master: str = field(repr=False)
    host: str = field(repr=False)
    functions: Mapping[str, str] = field(repr=False)

    def admit(self, function: HttpFunction, key: str | None) -> bool:
        if function.auth_level is AuthLevel.ANONYMOUS:
            return True
        if function.auth_level is AuthLevel.ADMIN:
            return self.is_master(key)
        return _is_one_of(key, [self.functions.get(function.name, ""), self.host, self.master])

    def is_master(self, key: str | None) -> bool:
        return _is_one_of(key, [self.master])


def read_keys(root: Path, functions: Iterable[str], *, host_key: str | None = None) -> Keys:
    """The keys of the app's keys file, which gets a random one for each it lacks; `host_key` replaces its host key.

    The file is `.functions_host/keys.json` in the app's folder, readable by its owner only; its folder is ignored by
    git. Raises SettingsError when it cannot be read or written.
    """
    path = root / KEYS_FILE
    try:
        stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        complete = _complete(stored, functions)
        if complete != stored:
            _write(path, complete)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise SettingsError(f"{path} cannot be used: {error}. Delete it and keys are made anew.") from error
    return Keys(complete["masterKey"], host_key or complete["hostKey"], complete["functionKeys"])


def _complete(stored: dict[str, Any], functions: Iterable[str]) -> dict[str, Any]:
    known = dict(stored.get("functionKeys") or {})
    return {
        "masterKey": str(stored.get("masterKey") or secrets.token_urlsafe(40)),
        "hostKey": str(stored.get("hostKey") or secrets.token_urlsafe(40)),
        "functionKeys": known | {name: secrets.token_urlsafe(40) for name in functions if name not in known},
    }


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    (path.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)


def _is_one_of(key: str | None, accepted: Iterable[str]) -> bool:
    given = (key or "").encode()
    return any(hmac.compare_digest(given, good.encode()) for good in accepted if good)
