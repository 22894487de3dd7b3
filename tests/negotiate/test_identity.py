"""Identity: every provider, and the order in which they are asked."""

from __future__ import annotations

import azure.functions as func
import pytest

from http_api.errors import RequestRefusedError
from negotiate.identity import PROVIDERS, identify, identify_user
from shared.connection_string import parse_connection_string
from shared.settings import IDENTITY_PROVIDERS, Settings
from tests.broadcast.app import ACCESS_KEY

SERVICE = parse_connection_string(f"Endpoint=https://chat.service.signalr.net;AccessKey={ACCESS_KEY};")


def request(**params: str) -> func.HttpRequest:
    return func.HttpRequest("POST", "http://localhost/api/negotiate", params=params, body=b"")


def settings(*providers: str) -> Settings:
    return Settings(SERVICE, negotiate_auth=providers, development=True)


def test_every_provider_of_the_settings_is_there() -> None:
    assert set(PROVIDERS) == set(IDENTITY_PROVIDERS)


@pytest.mark.parametrize(
    ("providers", "user"),
    [
        (("development", "anonymous"), "ada"),
        (("anonymous", "development"), None),
        (("function-key", "anonymous"), None),
    ],
)
def test_first_provider_that_knows_the_caller_decides(providers: tuple[str, ...], user: str | None) -> None:
    assert identify(request(user="ada"), settings(*providers)).user_id == user


def test_development_takes_no_name_on_any_other_machine() -> None:
    elsewhere = Settings(SERVICE, negotiate_auth=("development", "anonymous"))
    assert identify(request(user="ada"), elsewhere).user_id is None


def test_user_is_asked_only_of_providers_that_know_users() -> None:
    assert identify_user(request(user="ada"), settings("anonymous-id", "anonymous", "development")) == "ada"
    for providers in (("anonymous",), ("anonymous-id",), ("development", "anonymous"), ("function-key",)):
        with pytest.raises(RequestRefusedError) as refused:
            identify_user(request(), settings(*providers))
        assert refused.value.status_code == 401
