"""The architecture: who may import whom, who reads the environment, how long a file may be, what is documented."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from shared import settings
from tests.processes import ROOT

# What each room may import besides itself and the standard library. Tests and benchmarks may import everything.
MAY_IMPORT: Mapping[str, set[str]] = {
    "function_app.py": {"azure.functions", "broadcast", "http_api", "negotiate", "shared.settings"},
    "negotiate": {"azure.functions", "http_api", "shared"},
    "broadcast": {"azure.functions", "http_api", "shared"},
    "http_api": {"azure.functions", "jwt", "requests", "shared"},
    # urllib3 is what requests stands on; opentelemetry is used where the app brings it along.
    "shared": {"azure.core", "azure.identity", "jwt", "opentelemetry", "requests", "urllib3"},
    # Never shared: a mistake in both would be seen by no test. The two meet on the wire alone.
    # yarl comes with aiohttp.
    "emulator": {"aiohttp", "cryptography", "jwt", "msgspec", "websockets", "yarl"},
    "functions_host": {"azure.functions", "azure_functions_runtime", "function_app", "werkzeug"},
    # They run before anything is installed; only the doctor, in an environment that it has made, reads the settings.
    "dev.py": {"devtools"},
    "devtools": {"shared.settings"},
}
IMPORT_EVERYTHING = {"benchmarks", "tests"}
DEPLOYED = ("function_app.py", "negotiate", "broadcast", "http_api", "shared")
CODE = {".css", ".html", ".js", ".mjs", ".py"}
NOT_OURS = {"__pycache__", "artefacts", "build", "node_modules"}
LONGEST_FILE = 300
SETTING = re.compile(r"AzureSignalR\w+|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


def files_of(room: str, *suffixes: str) -> Iterator[Path]:
    path = ROOT / room
    candidates = [path] if path.is_file() else sorted(path.rglob("*"))
    yield from (file for file in candidates if file.suffix in suffixes and not NOT_OURS.intersection(file.parts))


def ours() -> Iterator[str]:
    """Every file and folder of the project's own at the top."""
    yield from (path.name for path in ROOT.iterdir() if path.name not in NOT_OURS and not path.name.startswith("."))


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def imports_in(tree: ast.AST) -> Iterator[str]:
    """Each imported name in full: `from broadcast import errors` is `broadcast.errors`."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name


def is_allowed(name: str, room: str) -> bool:
    own = room.removesuffix(".py")
    inside = any(f"{name}.".startswith(f"{allowed}.") for allowed in {own, *MAY_IMPORT[room]})
    # _typeshed is the standard library as type checkers know it; no running code imports it.
    return inside or name.split(".", maxsplit=1)[0] in {*sys.stdlib_module_names, "_typeshed"}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_room_imports_only_what_the_design_lets_it(room: str) -> None:
    wrong = {
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files_of(room, ".py")
        for name in imports_in(parsed(file))
        if not is_allowed(name, room)
    }
    assert wrong == set()


@pytest.mark.parametrize(
    ("code", "room", "allowed"),
    [
        ("import shared", "emulator", False),
        ("from shared.errors import NoResponseError", "emulator", False),
        ("def late():\n    import shared.client as c", "emulator", False),
        ("importlib.import_module('shared.client')", "emulator", False),
        ("__import__('shared')", "emulator", False),
        ("from emulator import hub", "shared", False),
        ("import azure.functions", "shared", False),
        ("import negotiate", "broadcast", False),
        ("from broadcast import hub", "negotiate", False),
        ("from broadcast import message", "http_api", False),
        ("from http_api import errors", "negotiate", True),
        ("import requests", "dev.py", False),
        ("import sharedness", "broadcast", False),
        ("from . import outbox", "emulator", True),
        ("import json", "dev.py", True),
    ],
)
def test_check_of_imports_sees_every_way_to_write_one(code: str, room: str, allowed: bool) -> None:
    assert all(is_allowed(name, room) for name in imports_in(ast.parse(code))) is allowed


def test_every_room_with_code_has_its_row() -> None:
    with_code = {name for name in ours() if any(files_of(name, ".py"))}
    assert with_code - IMPORT_EVERYTHING <= set(MAY_IMPORT)


def test_settings_alone_read_the_environment() -> None:
    readers = {
        str(file.relative_to(ROOT).as_posix())
        for room in DEPLOYED
        for file in files_of(room, ".py")
        for node in ast.walk(parsed(file))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
        or (isinstance(node, ast.alias) and node.name in {"environ", "environb", "getenv"})
    }
    assert readers == {"shared/settings.py"}


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    too_long = {
        f"{file.relative_to(ROOT)}: {lines}"
        for name in ours()
        for file in files_of(name, *CODE)
        if (lines := sum(1 for line in file.read_text(encoding="utf-8").splitlines() if line.strip())) > LONGEST_FILE
    }
    assert too_long == set()


def settings_read() -> set[str]:
    """The settings that shared/settings.py knows by name: as a constant of its own, or in the code."""
    tree = parsed(ROOT / "shared" / "settings.py")
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    texts |= {value for name, value in vars(settings).items() if name.isupper() and isinstance(value, str)}
    return {text for text in texts if SETTING.fullmatch(text)}


def test_settings_are_found() -> None:
    assert {"AzureSignalRConnectionString__serviceUri", "NEGOTIATE_AUTH", "WEBSITE_AUTH_ENABLED"} <= settings_read()


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"\w+", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    assert settings_read() - documented == set()


def test_readme_leads_to_the_settings() -> None:
    assert "docs/settings.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_only_the_doctor_imports_what_is_not_there_before_the_installation() -> None:
    importers = {
        file.name for file in files_of("devtools", ".py") for name in imports_in(parsed(file)) if "shared" in name
    }
    assert importers == {"examinations.py"}
