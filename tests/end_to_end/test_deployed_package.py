"""What is deployed to Azure: exactly the app, complete, and Azure's worker library runs it."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from devtools.environment import find_python_3_13
from tests.conftest import RunningEmulator
from tests.end_to_end.conftest import missing
from tests.end_to_end.deployed_package import DeployedWorker, build_package, platform_packages
from tests.end_to_end.funcignore import FuncIgnore, deployed_files
from tests.processes import ROOT

APP_FOLDERS = ("negotiate", "broadcast", "http_api", "shared")
LIMIT_SECONDS = 10
SEPARATOR = "\x1e"

# Name, methods, route, auth level: what a deployment opens to the world.
FUNCTIONS = {
    ("negotiate", "POST", "negotiate", "anonymous"),
    ("negotiate_hub", "POST", "hubs/{hub}/negotiate", "anonymous"),
    ("broadcast", "POST", "broadcast", "function"),
    ("send_to_hub", "POST", "hubs/{hub}", "function"),
    ("send_to_user", "POST", "hubs/{hub}/users/{user}", "function"),
    ("user_exists", "GET", "hubs/{hub}/users/{user}", "function"),
    ("remove_user_from_all_groups", "DELETE", "hubs/{hub}/users/{user}/groups", "function"),
    ("send_to_group", "POST", "hubs/{hub}/groups/{group}", "function"),
    ("group_exists", "GET", "hubs/{hub}/groups/{group}", "function"),
    ("add_connection_to_group", "PUT", "hubs/{hub}/groups/{group}/connections/{connectionId}", "function"),
    ("remove_connection_from_group", "DELETE", "hubs/{hub}/groups/{group}/connections/{connectionId}", "function"),
    ("user_exists_in_group", "GET", "hubs/{hub}/groups/{group}/users/{user}", "function"),
    ("add_user_to_group", "PUT", "hubs/{hub}/groups/{group}/users/{user}", "function"),
    ("remove_user_from_group", "DELETE", "hubs/{hub}/groups/{group}/users/{user}", "function"),
    ("send_to_connection", "POST", "hubs/{hub}/connections/{connectionId}", "function"),
    ("connection_exists", "GET", "hubs/{hub}/connections/{connectionId}", "function"),
    ("close_connection", "DELETE", "hubs/{hub}/connections/{connectionId}", "function"),
    ("negotiate_user", "POST", "hubs/{hub}/users/{user}/negotiate", "function"),
    ("add_me_to_group", "PUT", "hubs/{hub}/groups/{group}/users/me", "anonymous"),
    ("remove_me_from_group", "DELETE", "hubs/{hub}/groups/{group}/users/me", "anonymous"),
    ("close_all_connections", "POST", "hubs/{hub}/:closeConnections", "function"),
    ("close_user_connections", "POST", "hubs/{hub}/users/{user}/:closeConnections", "function"),
    ("close_group_connections", "POST", "hubs/{hub}/groups/{group}/:closeConnections", "function"),
    ("list_connections_in_group", "GET", "hubs/{hub}/groups/{group}/connections", "function"),
    ("remove_connection_from_all_groups", "DELETE", "hubs/{hub}/connections/{connectionId}/groups", "function"),
    ("invoke", "POST", "hubs/{hub}/connections/{connectionId}/:invoke", "function"),
    ("batch", "POST", "hubs/{hub}/batch", "function"),
    ("openapi", "GET", "openapi.json", "anonymous"),
    ("api_docs", "GET", "docs", "anonymous"),
    ("api_docs_file", "GET", "docs/{file}", "anonymous"),
}


def app_files() -> set[str]:
    modules = {path for folder in APP_FOLDERS for path in (ROOT / folder).rglob("*.py")}
    top = {"function_app.py", "host.json", "requirements.txt"}
    return top | {path.relative_to(ROOT).as_posix() for path in modules} | {"shared/py.typed"}


@pytest.fixture(scope="module")
def python_3_13() -> str:
    found = find_python_3_13()
    if not found:
        missing("Python 3.13", "install it, or name it in PYTHON_3_13")
    return found or ""


@pytest.fixture(scope="module")
def worker(
    python_3_13: str, emulator: RunningEmulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DeployedWorker]:
    """The package in Azure's worker library, in front of the `emulator` fixture's emulator."""
    package = build_package(tmp_path_factory.mktemp("package"), python_3_13)
    bridge = tmp_path_factory.mktemp("bridge")
    settings = {
        "AzureSignalRConnectionString": emulator.connection_string,
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
        "NEGOTIATE_AUTH": "development,anonymous",
        "SIGNALR_DEFAULT_HUB": "deployed",
    }
    platform = platform_packages(bridge, python_3_13)
    with DeployedWorker(python_3_13, package, platform, bridge, settings) as process:
        yield process


@pytest.fixture
def littered(tmp_path: Path) -> Path:
    """The app among what a working copy gathers and nobody wants on Azure."""
    for relative in [*app_files(), ".funcignore"]:
        (tmp_path / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / relative, tmp_path / relative)
    for relative in (
        "local.settings.json",
        ".env",
        "secrets.pem",
        ".functions_host/keys.json",
        "shared/__pycache__/client.cpython-313.pyc",
        "shared/client.pyc",
        "broadcast/local.settings.json",
        "negotiate/key.txt",
        "tests/test_all.py",
        "emulator/hub.py",
        "shared_notes/notes.py",
        ".venv/lib/python3.13/site-packages/requests/api.py",
        "node_modules/package/index.js",
        "function_app.pyc",
        "artefacts/report.json",
    ):
        (tmp_path / relative).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / relative).write_text("not for Azure", encoding="utf-8")
    return tmp_path


def test_exactly_the_app_is_deployed() -> None:
    assert set(deployed_files(ROOT)) == app_files()


def test_core_tools_deploy_nothing_that_lies_around(littered: Path) -> None:
    assert set(deployed_files(littered)) == app_files()


def test_tools_that_read_funcignore_as_git_does_deploy_the_same(littered: Path) -> None:
    if not shutil.which("git"):
        missing("git", "install it")
    subprocess.run(["git", "init", "--quiet", str(littered)], check=True)
    command = ["git", "ls-files", "--others", "--exclude-from=.funcignore"]
    listed = subprocess.run(command, cwd=littered, capture_output=True, text=True, check=True).stdout.splitlines()
    assert set(listed) == app_files()


@pytest.mark.parametrize(
    ("patterns", "path", "deployed"),
    [
        ("tests", "tests/test_all.py", False),
        ("test", "tests/test_all.py", True),
        ("tests", "shared/tests/test_all.py", True),
        ("/tests", "tests/test_all.py", False),
        ("# tests", "tests/test_all.py", True),
        ("__pycache__", "shared/__pycache__/x.pyc", True),
        ("**/__pycache__", "shared/__pycache__/x.pyc", False),
        ("*.md", "README.md", False),
        ("*.md", "docs/README.md", True),
        ("*\n!shared", "shared/client.py", True),
        ("!shared\n*", "shared/client.py", True),
        ("*\n!shared/*.py", "shared/inner/client.py", False),
        ("", "anything", True),
    ],
)
def test_core_tools_reading_of_funcignore(patterns: str, path: str, deployed: bool) -> None:
    assert FuncIgnore(patterns).accepts(path) is deployed


def test_azure_finds_these_functions_and_no_others(worker: DeployedWorker) -> None:
    found = set()
    for function in worker.functions():
        trigger = next(binding for binding in function["bindings"] if binding["type"] == "httpTrigger")
        found.add((function["name"], ",".join(trigger["methods"]), trigger["route"], trigger["authLevel"].lower()))
    assert found == FUNCTIONS


async def receive(http: aiohttp.ClientSession, access: dict[str, str], worker: DeployedWorker) -> dict[str, object]:
    """Connect with what negotiate gave, have the package broadcast, and return the hub message that arrives."""
    headers = {"Authorization": f"Bearer {access['accessToken']}"}
    async with http.ws_connect(access["url"], headers=headers) as socket:
        await socket.send_str('{"protocol":"json","version":1}' + SEPARATOR)
        assert await socket.receive_str(timeout=LIMIT_SECONDS) == "{}" + SEPARATOR
        message = json.dumps({"target": "newMessage", "arguments": ["hello", 1]})
        sent = worker.invoke("broadcast", method="POST", url="http://localhost/api/broadcast", body=message)
        assert sent["status"] == 202, sent
        while True:
            for record in filter(None, (await socket.receive_str(timeout=LIMIT_SECONDS)).split(SEPARATOR)):
                received: dict[str, object] = json.loads(record)
                if received["type"] == 1:
                    return received


def test_a_client_of_the_deployed_package_receives_its_broadcast(worker: DeployedWorker) -> None:
    async def negotiate_and_receive() -> dict[str, object]:
        url = "http://localhost/api/negotiate?user=ann"
        answer = worker.invoke("negotiate", method="POST", url=url, query={"user": "ann"})
        assert answer["status"] == 200, answer
        async with aiohttp.ClientSession() as http:
            return await receive(http, json.loads(answer["body"]), worker)

    received = asyncio.run(negotiate_and_receive())
    assert received == {"type": 1, "target": "newMessage", "arguments": ["hello", 1]}


def test_a_bad_body_is_answered_in_json_by_the_deployed_package(worker: DeployedWorker) -> None:
    url = "http://localhost/api/hubs/deployed"
    answer = worker.invoke("send_to_hub", method="POST", url=url, route_values={"hub": "deployed"}, body="no JSON")
    assert answer["status"] == 400
    assert json.loads(answer["body"])["error"]["message"]
