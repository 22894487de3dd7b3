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
}


def test_every_function_has_its_method_and_route() -> None:
    found = {
        name: (" ".join(str(method) for method in trigger["methods"]), trigger["route"])
        for name, trigger in triggers().items()
    }
    assert found == EXPECTED


def test_all_but_negotiate_need_a_function_key() -> None:
    levels = {name: str(trigger["authLevel"]) for name, trigger in triggers().items()}
    assert {name for name, level in levels.items() if level != "FUNCTION"} == {"negotiate", "negotiate_hub"}
    assert levels["negotiate"] == levels["negotiate_hub"] == "ANONYMOUS"


def test_every_function_says_what_it_does() -> None:
    assert [f.get_function_name() for f in functions() if not inspect.getdoc(f.get_user_function())] == []


def test_every_function_is_in_the_documentation() -> None:
    documented = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
    missing = {name for name, (method, route) in EXPECTED.items() if f"`{method} /api/{route}`" not in documented}
    assert missing == set()


def test_import_loads_neither_requests_nor_azure_identity() -> None:
    code = "import json, sys, function_app; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(ran.stdout))
    assert "shared.client" in loaded
    assert loaded.isdisjoint({"requests", "urllib3", "azure.identity", "azure.core", "aiohttp", "msgspec"})


def test_negotiate_with_an_access_key_loads_neither_of_them_either() -> None:
    code = (
        "import sys, azure.functions as func, negotiate.functions as negotiate\n"
        "answer = negotiate.negotiate(func.HttpRequest('POST', 'http://localhost/api/negotiate', body=b''))\n"
        "assert answer.status_code == 200, answer.get_body()\n"
        "assert not {'requests', 'azure.identity'} & set(sys.modules)\n"
    )
    inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    settings = {
        "AzureSignalRConnectionString": f"Endpoint=https://chat.service.signalr.net;AccessKey={ACCESS_KEY};",
        "NEGOTIATE_AUTH": "anonymous",
    }
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**inherited, **settings}, check=True)


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
