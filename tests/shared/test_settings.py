"""Settings: what the environment says, and which settings stop the app with a sentence that helps."""

from __future__ import annotations

import pytest

from shared.connection_string import parse_connection_string
from shared.endpoint import Endpoint
from shared.errors import InvalidSettingsError
from shared.identity import Identity
from shared.settings import Settings, current_settings

TEXT = "Endpoint=https://aaa;AccessKey=TopSecret;Version=1.0;"
CONNECTION = {"AzureSignalRConnectionString": TEXT}
URI = {"AzureSignalRConnectionString__serviceUri": "https://aaa.service.signalr.net"}
PREFIX = "AzureSignalRConnectionString__"


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
        ({"NEGOTIATE_AUTH": "development, Anonymous"}, "negotiate_auth", ("development", "anonymous")),
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
        ({**CONNECTION, "NEGOTIATE_AUTH": "easyauth,magic"}, "NEGOTIATE_AUTH", "easyauth, anonymous, development"),
        ({**CONNECTION, "NEGOTIATE_AUTH": "easyauth,"}, "NEGOTIATE_AUTH", "comma list of"),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_do(environ: dict[str, str], setting: str, problem: str) -> None:
    with pytest.raises(InvalidSettingsError, match=problem) as refused:
        Settings.from_environment(environ)
    assert refused.value.setting == setting
    assert "TopSecret" not in str(refused.value)


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
