"""The function app as a whole: its functions, what an import costs, and a service that goes and comes back."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys

import pytest

from tests.broadcast.app import ACCESS_KEY, SETTINGS, Configure, call, configure, error, functions, triggers
from tests.processes import ROOT, ServerProcess

__all__ = ["configure"]

HUB = "hubs/{hub}"
EXPECTED = {
    "negotiate": ("POST", "negotiate"),
    "negotiate_hub": ("POST", f"{HUB}/negotiate"),
    "broadcast": ("POST", "broadcast"),
    "send_to_hub": ("POST", HUB),
    "send_to_user": ("POST", f"{HUB}/users/{{user}}"),
    "user_exists": ("GET", f"{HUB}/users/{{user}}"),
    "remove_user_from_all_groups": ("DELETE", f"{HUB}/users/{{user}}/groups"),
    "send_to_group": ("POST", f"{HUB}/groups/{{group}}"),
    "group_exists": ("GET", f"{HUB}/groups/{{group}}"),
    "add_connection_to_group": ("PUT", f"{HUB}/groups/{{group}}/connections/{{connectionId}}"),
    "remove_connection_from_group": ("DELETE", f"{HUB}/groups/{{group}}/connections/{{connectionId}}"),
    "user_exists_in_group": ("GET", f"{HUB}/groups/{{group}}/users/{{user}}"),
    "add_user_to_group": ("PUT", f"{HUB}/groups/{{group}}/users/{{user}}"),
    "remove_user_from_group": ("DELETE", f"{HUB}/groups/{{group}}/users/{{user}}"),
    "send_to_connection": ("POST", f"{HUB}/connections/{{connectionId}}"),
    "connection_exists": ("GET", f"{HUB}/connections/{{connectionId}}"),
    "close_connection": ("DELETE", f"{HUB}/connections/{{connectionId}}"),
    "negotiate_user": ("POST", f"{HUB}/users/{{user}}/negotiate"),
    "add_me_to_group": ("PUT", f"{HUB}/groups/{{group}}/users/me"),
    "remove_me_from_group": ("DELETE", f"{HUB}/groups/{{group}}/users/me"),
    "close_all_connections": ("POST", f"{HUB}/:closeConnections"),
    "close_user_connections": ("POST", f"{HUB}/users/{{user}}/:closeConnections"),
    "close_group_connections": ("POST", f"{HUB}/groups/{{group}}/:closeConnections"),
    "list_connections_in_group": ("GET", f"{HUB}/groups/{{group}}/connections"),
    "remove_connection_from_all_groups": ("DELETE", f"{HUB}/connections/{{connectionId}}/groups"),
    "invoke": ("POST", f"{HUB}/connections/{{connectionId}}/:invoke"),
    "batch": ("POST", f"{HUB}/batch"),
    "openapi": ("GET", "openapi.json"),
    "api_docs": ("GET", "docs"),
    "api_docs_file": ("GET", "docs/{file}"),
}
# For browsers, which have no place to keep a key; documentation answers only where API_DOCS is on.
OPEN = {
    *("negotiate", "negotiate_hub", "add_me_to_group", "remove_me_from_group"),
    *("openapi", "api_docs", "api_docs_file"),
}
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in SETTINGS},
    "AzureSignalRConnectionString": f"Endpoint=https://chat.service.signalr.net;AccessKey={ACCESS_KEY};",
    "NEGOTIATE_AUTH": "anonymous",
}


def run(code: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env={**ENVIRONMENT, **settings}, capture_output=True, text=True)


def test_every_function_has_its_method_and_route() -> None:
    found = {
        name: (" ".join(str(method) for method in trigger["methods"]), trigger["route"])
        for name, trigger in triggers().items()
    }
    assert found == EXPECTED


def test_all_but_those_for_browsers_need_a_function_key() -> None:
    levels = {name: str(trigger["authLevel"]) for name, trigger in triggers().items()}
    assert set(levels.values()) == {"FUNCTION", "ANONYMOUS"}
    assert {name for name, level in levels.items() if level == "ANONYMOUS"} == OPEN


def test_every_function_says_what_it_does() -> None:
    assert [f.get_function_name() for f in functions() if not inspect.getdoc(f.get_user_function())] == []


def test_every_function_is_in_the_documentation() -> None:
    documented = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
    missing = {name for name, (method, route) in EXPECTED.items() if f"`{method} /api/{route}`" not in documented}
    assert missing == set()


def test_import_loads_nothing_heavy() -> None:
    ran = run("import json, sys, function_app; print(json.dumps(sorted(sys.modules)))")
    loaded = set(json.loads(ran.stdout))
    assert "shared.settings" in loaded
    heavy = {"requests", "urllib3", "jwt", "cryptography", "azure.identity", "azure.core", "aiohttp", "msgspec"}
    heavy |= {"flask", "flask_swagger_ui", "difflib", "http_api.openapi", "http_api.bearer", "shared.client"}
    assert loaded.isdisjoint(heavy)


def test_negotiate_with_an_access_key_loads_neither_requests_nor_azure_identity() -> None:
    ran = run(
        "import sys, azure.functions as func, function_app\n"
        "request = func.HttpRequest('POST', 'http://localhost/api/negotiate', body=b'')\n"
        "negotiate = next(f for f in function_app.app.get_functions() if f.get_function_name() == 'negotiate')\n"
        "answer = negotiate.get_user_function()(request)\n"
        "assert answer.status_code == 200, answer.get_body()\n"
        "assert not {'requests', 'azure.identity'} & set(sys.modules)\n"
    )
    assert ran.returncode == 0, ran.stderr


def test_wrong_settings_end_the_start_with_one_message_that_lists_them_all() -> None:
    ran = run("import function_app", SIGNALR_DEFAULT_HUB="my-hub", NEGOTIATE_AUTH="development,magic", API_DOCS="maybe")
    assert ran.returncode == 1
    message = ran.stderr.partition("The app does not start")[2]
    assert [line.split()[2] for line in message.splitlines() if line.startswith("- ")] == [
        "SIGNALR_DEFAULT_HUB",
        "NEGOTIATE_AUTH",
        "NEGOTIATE_AUTH",
        "API_DOCS",
    ]


def test_local_host_shows_that_message_and_does_not_start() -> None:
    environment = {**ENVIRONMENT, "SIGNALR_DEFAULT_HUB": "my-hub", "SIGNALR_HUB": "chat"}
    command = [sys.executable, "-m", "functions_host", "--port", "0"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    assert "- Setting SIGNALR_DEFAULT_HUB must be 1 to 128 characters" in ran.stderr
    assert "- Setting SIGNALR_HUB is not known; write it SIGNALR_HUBS." in ran.stderr


def test_functions_answer_503_while_the_service_is_away_and_work_again_when_it_is_back(configure: Configure) -> None:
    with ServerProcess("-m", "emulator", "--port", "0") as first:
        configure(first.address)
        assert call("POST", "/api/broadcast", {"target": "newMessage"}).status_code == 202
    for method, target in (("POST", "/api/broadcast"), ("GET", "/api/hubs/chat/users/ada")):
        assert error(call(method, target, {"target": "newMessage"}))[:2] == (503, "NoResponse")
    port = first.address.rsplit(":", 1)[1]
    with ServerProcess("-m", "emulator", "--port", port):
        assert call("POST", "/api/broadcast", {"target": "newMessage"}).status_code == 202
        assert error(call("GET", "/api/hubs/chat/users/ada"))[0] == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
@pytest.mark.parametrize("target", ["/api/negotiate", "/api/hubs/chat/negotiate", "/api/broadcast", "/api/hubs/chat"])
def test_method_that_no_function_offers_finds_none(method: str, target: str) -> None:
    with pytest.raises(LookupError):
        call(method, target)
