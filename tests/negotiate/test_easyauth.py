"""App Service authentication: what is believed of its headers, and where they are ignored."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from typing import Any

import azure.functions as func
import pytest

from negotiate.easyauth import _log_ignored_headers
from negotiate.identity import Identity, easyauth
from shared.connection_string import parse_connection_string
from shared.settings import Settings
from tests.broadcast.app import ACCESS_KEY

SERVICE = parse_connection_string(f"Endpoint=https://chat.service.signalr.net;AccessKey={ACCESS_KEY};")
SWITCHED_ON = Settings(SERVICE, website_auth_enabled=True)
SWITCHED_OFF = Settings(SERVICE, website_auth_enabled=False)
NAME_IDENTIFIER = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"


@pytest.fixture(autouse=True)
def _new_process() -> Iterator[None]:
    _log_ignored_headers.cache_clear()
    yield
    _log_ignored_headers.cache_clear()


def request(**headers: str) -> func.HttpRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return func.HttpRequest("POST", "http://localhost/api/negotiate", headers=named, body=b"")


def encoded(document: Any) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def principal(*claims: tuple[str, Any]) -> str:
    return encoded({"auth_typ": "aad", "claims": [{"typ": name, "val": value} for name, value in claims]})


@pytest.mark.parametrize(
    ("headers", "user"),
    [
        ({"X_MS_CLIENT_PRINCIPAL_ID": "ada"}, "ada"),
        ({"x_ms_client_principal_id": "ada", "x_ms_client_principal": principal(("sub", "eve"))}, "ada"),
        ({"x_ms_client_principal": principal((NAME_IDENTIFIER, "ada"))}, "ada"),
        ({"x_ms_client_principal": principal(("sub", "ada"), ("name", "Ada Lovelace"))}, "ada"),
        ({"x_ms_client_principal": principal(("sub", "eve"), (NAME_IDENTIFIER, "ada"))}, "ada"),
    ],
)
def test_easyauth_believes_the_platform(headers: dict[str, str], user: str) -> None:
    assert easyauth(request(**headers), SWITCHED_ON) == Identity(user)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_ms_client_principal_id": ""},
        {"x_ms_client_principal_name": "ada@example.org"},
        {"x_ms_client_principal": ""},
        {"x_ms_client_principal": "no base64!"},
        {"x_ms_client_principal": "žluť"},
        {"x_ms_client_principal": base64.b64encode(b"\xff\xfe").decode()},
        {"x_ms_client_principal": base64.b64encode(b"no json").decode()},
        {"x_ms_client_principal": encoded([])},
        {"x_ms_client_principal": encoded({"claims": None})},
        {"x_ms_client_principal": encoded({"claims": ["sub"]})},
        {"x_ms_client_principal": encoded({"claims": [{"typ": "sub"}]})},
        {"x_ms_client_principal": encoded({"claims": [{"typ": ["sub"], "val": "ada"}]})},
        {"x_ms_client_principal": principal(("name", "Ada"))},
        {"x_ms_client_principal": principal(("sub", ""))},
        {"x_ms_client_principal": principal(("sub", 7))},
    ],
)
def test_easyauth_knows_nobody_without_a_user_id(headers: dict[str, str]) -> None:
    assert easyauth(request(**headers), SWITCHED_ON) is None


@pytest.mark.parametrize("header", ["x_ms_client_principal_id", "x_ms_client_principal"])
def test_easyauth_ignores_its_headers_where_the_platform_is_off_and_says_so_once(
    header: str, caplog: pytest.LogCaptureFixture
) -> None:
    forged = request(**{header: principal(("sub", "eve"))})
    with caplog.at_level(logging.WARNING):
        assert easyauth(forged, SWITCHED_OFF) is None
        assert easyauth(forged, SWITCHED_OFF) is None
    assert [record.name for record in caplog.records] == ["negotiate.easyauth"]
    assert "WEBSITE_AUTH_ENABLED" in caplog.text
    assert "eve" not in caplog.text


def test_easyauth_says_nothing_about_callers_without_its_headers(caplog: pytest.LogCaptureFixture) -> None:
    assert easyauth(request(), SWITCHED_OFF) is None
    assert caplog.records == []


@pytest.mark.parametrize(
    ("claims", "user"),
    [
        ([("upn", "ada@example.org"), ("sub", "eve")], "ada@example.org"),
        ([("sub", "eve"), (NAME_IDENTIFIER, "eve")], None),
        ([("upn", "")], None),
    ],
)
def test_the_claim_that_the_setting_names_and_no_other_is_the_user_id(
    claims: list[tuple[str, str]], user: str | None
) -> None:
    chosen = Settings(SERVICE, website_auth_enabled=True, easyauth_user_claim="upn")
    signed_in = request(x_ms_client_principal_id="eve", x_ms_client_principal=principal(*claims))
    assert easyauth(signed_in, chosen) == (Identity(user) if user else None)
