"""Documentation: there on a developer's machine, in Azure only where it is wanted."""

from __future__ import annotations

import importlib.util
import json
import re

import pytest

from tests.broadcast.app import Configure, call, error

PAGES = ["/api/openapi.json", "/api/docs", "/api/docs/start.js", "/api/docs/swagger-ui.css"]


@pytest.mark.parametrize(
    ("settings", "on"),
    [
        ({"AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, True),
        ({"AZURE_FUNCTIONS_ENVIRONMENT": "Development", "API_DOCS": "false"}, False),
        ({}, False),
        ({"AZURE_FUNCTIONS_ENVIRONMENT": "Production", "WEBSITE_SITE_NAME": "chat"}, False),
        ({"API_DOCS": "true"}, True),
    ],
)
def test_documentation_is_on_where_it_should_be(settings: dict[str, str], on: bool, configure: Configure) -> None:
    configure(None, AzureSignalRConnectionString="Endpoint=https://a.service.signalr.net;AccessKey=k;", **settings)
    for page in PAGES:
        response = call("GET", page)
        if on:
            assert response.status_code == 200
        else:
            assert error(response)[:2] == (404, "NotFound")


def test_page_takes_everything_from_this_app(configure: Configure) -> None:
    configure(API_DOCS="true")
    page = call("GET", "/api/docs")
    text = page.get_body().decode()
    assert page.mimetype == "text/html"
    assert "default-src 'none'; script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "//" not in text
    linked = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert linked == ["docs/swagger-ui.css", "docs/swagger-ui-bundle.js", "docs/start.js"]
    for link in linked:
        response = call("GET", f"/api/{link}")
        assert response.status_code == 200
        assert response.mimetype == ("text/css" if link.endswith("css") else "text/javascript")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["index.html", "..%2F__init__.py", "%2Fetc%2Fpasswd", "..", "swagger-ui.js"])
def test_no_other_file_is_served(name: str, configure: Configure) -> None:
    configure(API_DOCS="true")
    assert error(call("GET", f"/api/docs/{name}"))[:2] == (404, "NotFound")


def test_page_without_its_package_says_what_to_install(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(API_DOCS="true")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    status, code, message = error(call("GET", "/api/docs"))
    assert (status, code) == (501, "DocsNotInstalled")
    assert "requirements.txt" in message
    assert call("GET", "/api/openapi.json").status_code == 200


def test_document_names_the_address_it_came_from(configure: Configure) -> None:
    configure(API_DOCS="true")
    assert json.loads(call("GET", "/api/openapi.json").get_body())["servers"] == [{"url": "/api"}]
