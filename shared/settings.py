"""Settings: what the app is told by its environment, checked; nothing else reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from shared.connection_string import ServiceEndpoint, parse_connection_string
from shared.endpoint import Endpoint
from shared.errors import InvalidConnectionStringError, InvalidParameterError, InvalidSettingsError
from shared.identity import Identity
from shared.parameters import checked_hub

CONNECTION_STRING = "AzureSignalRConnectionString"
SERVICE_URI = f"{CONNECTION_STRING}__serviceUri"
CLIENT_ENDPOINT = f"{CONNECTION_STRING}__clientEndpoint"
CLIENT_ID = f"{CONNECTION_STRING}__clientId"
CREDENTIAL = f"{CONNECTION_STRING}__credential"
DEFAULT_HUB = "SIGNALR_DEFAULT_HUB"
NEGOTIATE_AUTH = "NEGOTIATE_AUTH"

# Who may say who the user is at negotiate.
IDENTITY_PROVIDERS = ("easyauth", "anonymous", "development")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the app.

    `negotiate_auth` names the identity providers in the order in which negotiate asks them;
    `website_auth_enabled` is true where App Service's own authentication is on, `development` on a developer's machine.
    """

    connection: ServiceEndpoint
    default_hub: str = "chat"
    negotiate_auth: tuple[str, ...] = ("easyauth",)
    website_auth_enabled: bool = False
    development: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read all settings; InvalidSettingsError names the one at fault and what to do.

        A setting that is there but empty counts as absent.
        """
        given = {name: value.strip() for name, value in environ.items() if value.strip()}
        return cls(
            connection=_connection(given),
            default_hub=_default_hub(given),
            negotiate_auth=_negotiate_auth(given),
            website_auth_enabled=given.get("WEBSITE_AUTH_ENABLED", "").lower() == "true",
            development=given.get("AZURE_FUNCTIONS_ENVIRONMENT", "").lower() == "development",
        )


@cache
def current_settings() -> Settings:
    """The settings of this process, read at the first call and kept."""
    return Settings.from_environment(os.environ)


def _connection(given: Mapping[str, str]) -> ServiceEndpoint:
    if CONNECTION_STRING in given and SERVICE_URI in given:
        raise InvalidSettingsError(CONNECTION_STRING, f"and {SERVICE_URI} are both set; keep one of them")
    if SERVICE_URI in given:
        return _service_with_identity(given)
    if CONNECTION_STRING in given:
        return _service_of_connection_string(given[CONNECTION_STRING])
    raise InvalidSettingsError(
        CONNECTION_STRING, f"is not set; set it to the service's connection string, or set {SERVICE_URI} for Entra ID"
    )


def _service_of_connection_string(text: str) -> ServiceEndpoint:
    try:
        return parse_connection_string(text)
    except InvalidConnectionStringError as exc:
        raise InvalidSettingsError(
            CONNECTION_STRING, f"is no valid connection string: {exc.part} {exc.problem}"
        ) from None


def _service_with_identity(given: Mapping[str, str]) -> ServiceEndpoint:
    endpoint = _endpoint(SERVICE_URI, given[SERVICE_URI])
    client_endpoint = _endpoint(CLIENT_ENDPOINT, given[CLIENT_ENDPOINT]) if CLIENT_ENDPOINT in given else None
    return ServiceEndpoint(endpoint, identity=_identity(given), client_endpoint=client_endpoint)


def _endpoint(setting: str, text: str) -> Endpoint:
    try:
        return Endpoint.parse(text)
    except ValueError as exc:
        raise InvalidSettingsError(setting, str(exc)) from None


def _identity(given: Mapping[str, str]) -> Identity:
    """Choose as Azure's own bindings do: a client id names a managed identity, nothing leaves it to azure-identity."""
    credential = given.get(CREDENTIAL, "").lower()
    if credential not in {"", "managedidentity"}:
        raise InvalidSettingsError(CREDENTIAL, "must be managedidentity, or not set")
    client_id = given.get(CLIENT_ID)
    return Identity("managed", client_id) if client_id or credential else Identity("default")


def _default_hub(given: Mapping[str, str]) -> str:
    try:
        return checked_hub(given.get(DEFAULT_HUB, "chat"))
    except InvalidParameterError as exc:
        raise InvalidSettingsError(DEFAULT_HUB, exc.rule) from None


def _negotiate_auth(given: Mapping[str, str]) -> tuple[str, ...]:
    # Names come in the order written, each of them once.
    names = tuple(dict.fromkeys(name.strip().lower() for name in given.get(NEGOTIATE_AUTH, "easyauth").split(",")))
    if not set(names) <= set(IDENTITY_PROVIDERS):
        raise InvalidSettingsError(NEGOTIATE_AUTH, f"must be a comma list of: {', '.join(IDENTITY_PROVIDERS)}")
    return names
