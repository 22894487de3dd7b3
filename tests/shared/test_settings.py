"""Settings: what the environment says, and which settings stop the app with a sentence that helps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.connection_string import parse_connection_string
from shared.endpoint import Endpoint
from shared.errors import InvalidSettingsError
from shared.identity import Identity
from shared.setting_values import RoleGrant
from shared.settings import (
    PUBLISHED_ACCESS_KEY,
    BearerTokens,
    Settings,
    SettingsProblemsError,
    current_settings,
)

TEXT = "Endpoint=https://aaa;AccessKey=TopSecret;Version=1.0;"
CONNECTION = {"AzureSignalRConnectionString": TEXT}
URI = {"AzureSignalRConnectionString__serviceUri": "https://aaa.service.signalr.net"}
PREFIX = "AzureSignalRConnectionString__"
BEARER = {"BEARER_ISSUER": "https://login.example.org", "BEARER_AUDIENCE": "api://a, b"}
AZURE = {"WEBSITE_SITE_NAME": "chat"}


def test_a_connection_string_is_enough_and_the_rest_is_safe() -> None:
    assert Settings.from_environment(CONNECTION) == Settings(
        connection=parse_connection_string(TEXT),
        default_hub="chat",
        negotiate_auth=("easyauth",),
        website_auth_enabled=False,
        development=False,
    )


@pytest.mark.parametrize(
    ("environ", "identity"),
    [
        ({}, Identity("default")),
        ({f"{PREFIX}clientId": "id"}, Identity("managed", "id")),
        ({f"{PREFIX}credential": "managedidentity"}, Identity("managed")),
        ({f"{PREFIX}credential": "ManagedIdentity", f"{PREFIX}clientId": "id"}, Identity("managed", "id")),
    ],
)
def test_a_service_uri_means_an_identity(environ: dict[str, str], identity: Identity) -> None:
    connection = Settings.from_environment({**URI, **environ}).connection
    assert (str(connection.endpoint), connection.identity) == ("https://aaa.service.signalr.net", identity)
    assert (connection.access_key, connection.client_endpoint) == (None, None)


def test_a_client_endpoint_goes_with_a_service_uri() -> None:
    settings = Settings.from_environment({**URI, f"{PREFIX}clientEndpoint": "https://edge.example/"})
    assert settings.connection.client_endpoint == Endpoint.parse("https://edge.example")


@pytest.mark.parametrize(
    ("environ", "name", "value"),
    [
        ({"SIGNALR_DEFAULT_HUB": "News"}, "default_hub", "news"),
        ({"SIGNALR_DEFAULT_HUB": " "}, "default_hub", "chat"),
        (
            {"NEGOTIATE_AUTH": "development, Anonymous", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"},
            "negotiate_auth",
            ("development", "anonymous"),
        ),
        ({"NEGOTIATE_AUTH": "function-key,anonymous-id"}, "negotiate_auth", ("function-key", "anonymous-id")),
        ({}, "hubs", frozenset({"chat"})),
        ({"SIGNALR_DEFAULT_HUB": "news"}, "hubs", frozenset({"news"})),
        ({"SIGNALR_HUBS": "News, sport"}, "hubs", frozenset({"chat", "news", "sport"})),
        ({"SIGNALR_HUBS": "*"}, "hubs", None),
        ({"SIGNALR_TOKEN_LIFETIME_MINUTES": "1440"}, "token_lifetime", timedelta(days=1)),
        ({}, "token_lifetime", timedelta(hours=1)),
        ({"SIGNALR_DETAILED_ERRORS": "True"}, "detailed_errors", True),
        ({}, "detailed_errors", False),
        ({"SELF_JOIN_GROUPS": "room-*, red"}, "self_join_groups", ("room-*", "red")),
        ({}, "self_join_groups", ()),
        ({"EASYAUTH_USER_CLAIM": "upn"}, "easyauth_user_claim", "upn"),
        (
            {"ALLOWED_ORIGINS": "https://A.example.org, http://b:8080"},
            "allowed_origins",
            ("https://a.example.org", "http://b:8080"),
        ),
        ({"WEBSITE_CORS_ALLOWED_ORIGINS": '["https://a.example.org"]'}, "allowed_origins", ("https://a.example.org",)),
        ({"WEBSITE_CORS_ALLOWED_ORIGINS": '["*"]'}, "allowed_origins", None),
        ({}, "allowed_origins", None),
        ({"NEGOTIATE_AUTH": "bearer", **BEARER}, "bearer", BearerTokens("https://login.example.org", ("api://a", "b"))),
        (
            {
                **BEARER,
                "BEARER_JWKS_URI": "https://login.example.org/keys",
                "BEARER_USER_CLAIM": "oid",
                "BEARER_CLAIMS": "name,roles",
            },
            "bearer",
            BearerTokens(
                "https://login.example.org",
                ("api://a", "b"),
                "https://login.example.org/keys",
                "oid",
                ("name", "roles"),
            ),
        ),
        (
            {**BEARER, "SEND_ROLES": "Chat.Sender=send+read@chat,Admin=manage"},
            "send_roles",
            (RoleGrant("Chat.Sender", frozenset({"send", "read"}), "chat"), RoleGrant("Admin", frozenset({"manage"}))),
        ),
        ({}, "api_docs", False),
        ({"API_DOCS": "true"}, "api_docs", True),
        ({"AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, "api_docs", True),
        ({"NEGOTIATE_AUTH": "anonymous,anonymous"}, "negotiate_auth", ("anonymous",)),
        ({"NEGOTIATE_AUTH": ""}, "negotiate_auth", ("easyauth",)),
        ({"WEBSITE_AUTH_ENABLED": "True"}, "website_auth_enabled", True),
        ({"WEBSITE_AUTH_ENABLED": "true"}, "website_auth_enabled", True),
        ({"WEBSITE_AUTH_ENABLED": "False"}, "website_auth_enabled", False),
        ({"WEBSITE_AUTH_ENABLED": "yes"}, "website_auth_enabled", False),
        ({"AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, "development", True),
        ({"AZURE_FUNCTIONS_ENVIRONMENT": "Production"}, "development", False),
    ],
)
def test_a_setting_is_read(environ: dict[str, str], name: str, value: object) -> None:
    assert getattr(Settings.from_environment({**CONNECTION, **environ}), name) == value


@pytest.mark.parametrize(
    ("environ", "setting", "problem"),
    [
        ({}, "AzureSignalRConnectionString", "is not set"),
        ({"AzureSignalRConnectionString": " "}, "AzureSignalRConnectionString", "is not set"),
        ({**CONNECTION, **URI}, "AzureSignalRConnectionString", "both set; keep one"),
        ({"AzureSignalRConnectionString": "TopSecret"}, "AzureSignalRConnectionString", "no valid connection string"),
        (
            {"AzureSignalRConnectionString": "Endpoint=https://aaa;Port=x;AccessKey=TopSecret"},
            "AzureSignalRConnectionString",
            "Port must be",
        ),
        ({f"{PREFIX}serviceUri": "aaa"}, f"{PREFIX}serviceUri", "must be an address"),
        ({**URI, f"{PREFIX}clientEndpoint": "aaa"}, f"{PREFIX}clientEndpoint", "must be an address"),
        ({**URI, f"{PREFIX}credential": "password"}, f"{PREFIX}credential", "must be managedidentity"),
        ({**CONNECTION, "SIGNALR_DEFAULT_HUB": "my-hub"}, "SIGNALR_DEFAULT_HUB", "no hyphen"),
        ({**CONNECTION, "NEGOTIATE_AUTH": "easyauth,magic"}, "NEGOTIATE_AUTH", "comma list of: easyauth, bearer, "),
        ({**CONNECTION, "NEGOTIATE_AUTH": ","}, "NEGOTIATE_AUTH", "comma list of"),
        ({**CONNECTION, "NEGOTIATE_AUTH": "development"}, "NEGOTIATE_AUTH", "unless AZURE_FUNCTIONS_ENVIRONMENT is"),
        ({**CONNECTION, "NEGOTIATE_AUTH": "bearer"}, "BEARER_ISSUER", "is not set"),
        (
            {**CONNECTION, "NEGOTIATE_AUTH": "bearer", "BEARER_ISSUER": "https://a.example"},
            "BEARER_AUDIENCE",
            "is not set",
        ),
        ({**CONNECTION, "SEND_ROLES": "Admin=send"}, "BEARER_ISSUER", "is not set"),
        ({**CONNECTION, **BEARER, "SEND_ROLES": "Admin"}, "SEND_ROLES", "comma list such as"),
        ({**CONNECTION, **BEARER, "SEND_ROLES": "Admin=send+fly"}, "SEND_ROLES", "comma list such as"),
        ({**CONNECTION, **BEARER, "SEND_ROLES": "Admin=send@my-hub"}, "SEND_ROLES", "no hyphen"),
        ({**CONNECTION, "BEARER_ISSUER": "http://login.example.org"}, "BEARER_ISSUER", "must be an https address"),
        ({**CONNECTION, "BEARER_ISSUER": "login"}, "BEARER_ISSUER", "must be an https address"),
        ({**CONNECTION, "BEARER_CLAIMS": "name,sub"}, "BEARER_CLAIMS", "must not name sub"),
        ({**CONNECTION, "BEARER_CLAIMS": "asrs.s.uid"}, "BEARER_CLAIMS", "must not name asrs.s.uid"),
        ({**CONNECTION, "BEARER_USER_CLAIM": "a b"}, "BEARER_USER_CLAIM", "name of a claim"),
        ({**CONNECTION, "SIGNALR_HUBS": "chat,my-hub"}, "SIGNALR_HUBS", "comma list of hubs, or"),
        ({**CONNECTION, "SIGNALR_TOKEN_LIFETIME_MINUTES": "0"}, "SIGNALR_TOKEN_LIFETIME_MINUTES", "from 1 to 1,440"),
        ({**CONNECTION, "SIGNALR_TOKEN_LIFETIME_MINUTES": "1441"}, "SIGNALR_TOKEN_LIFETIME_MINUTES", "from 1 to 1,440"),
        ({**CONNECTION, "SIGNALR_TOKEN_LIFETIME_MINUTES": "1h"}, "SIGNALR_TOKEN_LIFETIME_MINUTES", "from 1 to 1,440"),
        ({**CONNECTION, "SIGNALR_DETAILED_ERRORS": "yes"}, "SIGNALR_DETAILED_ERRORS", "true or false"),
        ({**CONNECTION, "API_DOCS": "1"}, "API_DOCS", "true or false"),
        ({**CONNECTION, "ALLOWED_ORIGINS": "https://a.example/"}, "ALLOWED_ORIGINS", "comma list of origins"),
        ({**CONNECTION, "ALLOWED_ORIGINS": "a.example"}, "ALLOWED_ORIGINS", "comma list of origins"),
        ({**CONNECTION, "ALLOWED_ORIGINS": "*"}, "ALLOWED_ORIGINS", "easyauth, whose cookies"),
        ({**CONNECTION, "ALLOWED_ORIGINS": "[1]"}, "ALLOWED_ORIGINS", "comma list of origins"),
        ({**CONNECTION, "ALLOWED_ORIGINS": "[x"}, "ALLOWED_ORIGINS", "comma list of origins"),
        (
            {**CONNECTION, "WEBSITE_CORS_ALLOWED_ORIGINS": '["*"]', "WEBSITE_CORS_SUPPORT_CREDENTIALS": "True"},
            "WEBSITE_CORS_ALLOWED_ORIGINS",
            "while CORS allows credentials",
        ),
        ({**CONNECTION, f"{PREFIX}clientId": "id"}, "AzureSignalRConnectionString", "both set; keep one"),
        (
            {"AzureSignalRConnectionString": "Endpoint=https://a.b;AccessKey=TopSecret;AuthType=azure"},
            "AzureSignalRConnectionString",
            "keep one of them",
        ),
        (
            {"AzureSignalRConnectionString": "Endpoint=http://localhost:8888;AccessKey=TopSecret", **AZURE},
            "AzureSignalRConnectionString",
            "is the emulator's, and this is Azure",
        ),
        (
            {"AzureSignalRConnectionString": f"Endpoint=https://a.b;AccessKey={PUBLISHED_ACCESS_KEY}", **AZURE},
            "AzureSignalRConnectionString",
            "is the emulator's, and this is Azure",
        ),
        ({**CONNECTION, "SIGNALR_HUB": "chat"}, "SIGNALR_HUB", "write it SIGNALR_HUBS"),
        ({**CONNECTION, "NEGOTIATE_AUTHS": "anonymous"}, "NEGOTIATE_AUTHS", "write it NEGOTIATE_AUTH"),
        ({**URI, f"{PREFIX}clientID": "id"}, f"{PREFIX}clientID", f"write it {PREFIX}clientId"),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_do(environ: dict[str, str], setting: str, problem: str) -> None:
    with pytest.raises(InvalidSettingsError) as refused:
        Settings.from_environment(environ)
    assert refused.value.setting == setting
    assert problem in refused.value.problem
    assert "TopSecret" not in str(refused.value)


def test_one_message_lists_everything_that_is_wrong() -> None:
    wrong = {
        "AzureSignalRConnectionString": "TopSecret",
        "SIGNALR_DEFAULT_HUB": "my-hub",
        "NEGOTIATE_AUTH": "magic,development",
        "API_DOCS": "maybe",
        "SIGNALR_TOKEN_LIFETIME_MINUTES": "forever",
    }
    with pytest.raises(SettingsProblemsError) as refused:
        Settings.from_environment(wrong)
    message = str(refused.value)
    assert [line.split()[2] for line in message.splitlines()[1:]] == [
        "SIGNALR_DEFAULT_HUB",
        "AzureSignalRConnectionString",
        "NEGOTIATE_AUTH",
        "NEGOTIATE_AUTH",
        "SIGNALR_TOKEN_LIFETIME_MINUTES",
        "API_DOCS",
    ]
    assert "docs/settings.md" in message
    assert "TopSecret" not in message
    assert len(refused.value.problems) == 6


@pytest.mark.parametrize("name", ["SIGNALR_CLIENT", "API_KEY", "SEND_GRID_KEY", "ALLOWED_HOSTS", "BEARER_TOKEN"])
def test_settings_of_others_are_left_alone(name: str) -> None:
    assert Settings.from_environment({**CONNECTION, name: "x"}) == Settings.from_environment(CONNECTION)


def test_the_emulator_serves_on_a_developers_machine() -> None:
    emulator = {"AzureSignalRConnectionString": f"Endpoint=http://localhost:8888;AccessKey={PUBLISHED_ACCESS_KEY}"}
    assert Settings.from_environment({**emulator, **AZURE, "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}).development
    assert not Settings.from_environment(emulator).development


def test_a_secret_is_not_in_the_repr() -> None:
    assert "TopSecret" not in repr(Settings.from_environment(CONNECTION))


def test_the_settings_of_the_process_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in URI:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AzureSignalRConnectionString", TEXT)
    current_settings.cache_clear()
    try:
        first = current_settings()
        monkeypatch.setenv("SIGNALR_DEFAULT_HUB", "other")
        assert current_settings() is first
        assert first.default_hub == "chat"
    finally:
        current_settings.cache_clear()
