"""The package: what it exports, what it loads, and whom it knows."""

from __future__ import annotations

import ast
import subprocess
import sys
from inspect import ismodule
from pathlib import Path

import pytest

import shared

FOLDER = Path(shared.__file__).parent
FOREIGN = {
    "azure.functions",
    "emulator",
    "negotiate",
    "broadcast",
    "functions_host",
    "function_app",
    "aiohttp",
    "msgspec",
}

LAZY = ("requests", "urllib3", "azure.identity", "azure.core", "opentelemetry")

NEGOTIATE = """
import shared
credential = shared.AccessKeyCredential("k" * 44)
shared.SignalRServiceClient("https://aaa", "chat", credential).get_client_access_token(user_id="ann")
"""


def test_the_public_names_are_these() -> None:
    assert shared.__all__ == [
        "AccessKeyCredential",
        "ClientAccessToken",
        "ClientAuthenticationError",
        "HttpResponseError",
        "InvalidConnectionStringError",
        "InvalidParameterError",
        "InvalidSettingsError",
        "Message",
        "MessageTooLargeError",
        "NoResponseError",
        "PermissionDeniedError",
        "ResourceNotFoundError",
        "RetryPolicy",
        "SignalRServiceClient",
        "SignalRServiceError",
    ]
    assert len(shared.__all__) <= 15
    public = {name for name, value in vars(shared).items() if not name.startswith("_") and not ismodule(value)}
    assert public - {"TYPE_CHECKING"} == set(shared.__all__) - {"SignalRServiceClient"}


def test_the_client_is_loaded_when_it_is_asked_for() -> None:
    program = "import sys, shared; print('shared.client' in sys.modules, shared.SignalRServiceClient.__module__)"
    done = subprocess.run([sys.executable, "-c", program], cwd=FOLDER.parent, capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == (["False", "shared.client"], "")
    with pytest.raises(AttributeError, match="module 'shared' has no attribute 'Client'"):
        _ = shared.Client  # type: ignore[attr-defined]  # that is what is tested


@pytest.mark.parametrize(
    "program",
    [
        "import shared",
        "import shared.service, shared.settings",
        NEGOTIATE,
    ],
)
def test_neither_import_nor_negotiate_with_a_key_loads_requests_or_azure(program: str) -> None:
    report = f"import sys; print([name for name in {LAZY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"], cwd=FOLDER.parent, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.name)
def test_no_module_knows_the_app_or_the_emulator(path: Path) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    assert not {name for name in imported if any(name == room or name.startswith(f"{room}.") for room in FOREIGN)}


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.name)
def test_only_settings_reads_the_environment(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert ("environ" in source or "getenv" in source) <= (path.name in {"settings.py", "setting_values.py", "pool.py"})
    assert ("os.environ" in source or "os.getenv" in source) <= (path.name == "settings.py")


def test_the_types_are_published() -> None:
    assert (FOLDER / "py.typed").exists()
