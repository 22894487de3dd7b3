"""Settings: what the app is told by its environment, checked; nothing else reads the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import TypeVar

from shared import setting_values as values
from shared.connection_string import ServiceEndpoint, parse_connection_string
from shared.errors import InvalidConnectionStringError, InvalidSettingsError
from shared.identity import Identity
from shared.setting_values import RoleGrant

CONNECTION_STRING = "AzureSignalRConnectionString"
SERVICE_URI = f"{CONNECTION_STRING}__serviceUri"
CLIENT_ENDPOINT = f"{CONNECTION_STRING}__clientEndpoint"
CLIENT_ID = f"{CONNECTION_STRING}__clientId"
CREDENTIAL = f"{CONNECTION_STRING}__credential"
DEFAULT_HUB = "SIGNALR_DEFAULT_HUB"
HUBS = "SIGNALR_HUBS"
LIFETIME_MINUTES = "SIGNALR_TOKEN_LIFETIME_MINUTES"
DETAILED_ERRORS = "SIGNALR_DETAILED_ERRORS"
NEGOTIATE_AUTH = "NEGOTIATE_AUTH"
ALLOWED_ORIGINS = "ALLOWED_ORIGINS"
SELF_JOIN_GROUPS = "SELF_JOIN_GROUPS"
EASYAUTH_USER_CLAIM = "EASYAUTH_USER_CLAIM"
BEARER_ISSUER = "BEARER_ISSUER"
BEARER_AUDIENCE = "BEARER_AUDIENCE"
BEARER_JWKS_URI = "BEARER_JWKS_URI"
BEARER_USER_CLAIM = "BEARER_USER_CLAIM"
BEARER_CLAIMS = "BEARER_CLAIMS"
SEND_ROLES = "SEND_ROLES"
API_DOCS = "API_DOCS"
# Set by the platform.
PLATFORM_ORIGINS = "WEBSITE_CORS_ALLOWED_ORIGINS"
PLATFORM_CREDENTIALS = "WEBSITE_CORS_SUPPORT_CREDENTIALS"
SITE_NAME = "WEBSITE_SITE_NAME"

# Who may say who the user is at negotiate.
IDENTITY_PROVIDERS = ("easyauth", "bearer", "function-key", "anonymous", "anonymous-id", "development")
# The key that Microsoft publishes for its emulator, and that this project's emulator takes as well.
PUBLISHED_ACCESS_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"
_PREFIXES = ("SIGNALR_", "NEGOTIATE_", "BEARER_", "SELF_", "SEND_", "ALLOWED_", "API_", "EASYAUTH_", CONNECTION_STRING)
OWN_SETTINGS = frozenset(
    {
        *(CONNECTION_STRING, SERVICE_URI, CLIENT_ENDPOINT, CLIENT_ID, CREDENTIAL),
        *(DEFAULT_HUB, HUBS, LIFETIME_MINUTES, DETAILED_ERRORS, NEGOTIATE_AUTH, ALLOWED_ORIGINS, SELF_JOIN_GROUPS),
        *(EASYAUTH_USER_CLAIM, BEARER_ISSUER, BEARER_AUDIENCE, BEARER_JWKS_URI, BEARER_USER_CLAIM, BEARER_CLAIMS),
        *(SEND_ROLES, API_DOCS),
    }
)

T = TypeVar("T")
D = TypeVar("D")


class SettingsProblemsError(InvalidSettingsError):
    """Everything that is wrong with the settings; `problems` holds an InvalidSettingsError for each."""

    def __init__(self, problems: tuple[InvalidSettingsError, ...]) -> None:
        super().__init__(problems[0].setting, problems[0].problem)
        self.args = (problems,)
        self.problems = problems

    def __str__(self) -> str:
        lines = "\n".join(f"- {problem}" for problem in self.problems)
        return f"The app does not start until its settings are put right (docs/settings.md explains each):\n{lines}"


@dataclass(frozen=True, slots=True)
class BearerTokens:
    """Which tokens of an identity provider count, and what is taken from them.

    `jwks_uri` None: its address is in the issuer's OpenID configuration. `claims` go into client tokens.
    """

    issuer: str
    audiences: tuple[str, ...]
    jwks_uri: str | None = None
    user_claim: str = "sub"
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the app, as docs/settings.md explains them.

    `hubs` and `allowed_origins` None: all of them. `development` is true on a developer's machine.
    """

    connection: ServiceEndpoint
    default_hub: str = "chat"
    hubs: frozenset[str] | None = frozenset({"chat"})
    token_lifetime: timedelta = timedelta(hours=1)
    detailed_errors: bool = False
    negotiate_auth: tuple[str, ...] = ("easyauth",)
    allowed_origins: tuple[str, ...] | None = None
    self_join_groups: tuple[str, ...] = ()
    easyauth_user_claim: str | None = None
    bearer: BearerTokens | None = None
    send_roles: tuple[RoleGrant, ...] = ()
    api_docs: bool = False
    website_auth_enabled: bool = False
    development: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read all settings; SettingsProblemsError lists all that are at fault and says what to do.

        A setting that is there but empty counts as absent.
        """
        reader = _Reader({name: value.strip() for name, value in environ.items() if value.strip()})
        settings = _settings(reader)
        if reader.problems or settings is None:
            raise SettingsProblemsError(tuple(reader.problems))
        return settings


@cache
def current_settings() -> Settings:
    """The settings of this process, read at the first call and kept."""
    return Settings.from_environment(os.environ)


class _Reader:
    """Reads one setting after the other and gathers what is wrong, so that one run shows all there is to mend."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.problems: list[InvalidSettingsError] = []

    def value(self, setting: str, parse: Callable[[str], T], default: D) -> T | D:
        try:
            return parse(self.given[setting]) if setting in self.given else default
        except ValueError as exc:
            self.refuse(setting, str(exc))
            return default

    def refuse(self, setting: str, problem: str) -> None:
        self.problems.append(InvalidSettingsError(setting, problem))

    def is_true(self, setting: str) -> bool:
        """A variable of the platform, whose values are not for the app to judge."""
        return self.given.get(setting, "").lower() == "true"

    @property
    def development(self) -> bool:
        return self.given.get("AZURE_FUNCTIONS_ENVIRONMENT", "").lower() == "development"


def _settings(reader: _Reader) -> Settings | None:
    default_hub = reader.value(DEFAULT_HUB, values.hub, "chat")
    hubs = reader.value(HUBS, values.hubs, frozenset({default_hub}))
    connection = _connection(reader)
    negotiate_auth = _negotiate_auth(reader)
    read = partial(
        Settings,
        default_hub=default_hub,
        hubs=None if hubs is None else hubs | {default_hub},
        token_lifetime=reader.value(LIFETIME_MINUTES, values.lifetime_minutes, timedelta(hours=1)),
        detailed_errors=reader.value(DETAILED_ERRORS, values.flag, default=False),
        negotiate_auth=negotiate_auth,
        allowed_origins=_origins(reader, negotiate_auth),
        self_join_groups=reader.value(SELF_JOIN_GROUPS, values.group_patterns, ()),
        easyauth_user_claim=reader.value(EASYAUTH_USER_CLAIM, values.claim_name, None),
        bearer=_bearer(reader, needed="bearer" in negotiate_auth or SEND_ROLES in reader.given),
        send_roles=reader.value(SEND_ROLES, values.role_grants, ()),
        api_docs=reader.value(API_DOCS, values.flag, default=reader.development),
        website_auth_enabled=reader.is_true("WEBSITE_AUTH_ENABLED"),
        development=reader.development,
    )
    _refuse_misspelt_names(reader)
    return read(connection) if connection else None


def _connection(reader: _Reader) -> ServiceEndpoint | None:
    if CONNECTION_STRING in reader.given:
        _refuse_identity_beside_connection_string(reader)
        return _service_of_connection_string(reader)
    if SERVICE_URI in reader.given:
        return _service_with_identity(reader)
    reader.refuse(
        CONNECTION_STRING, f"is not set; set it to the service's connection string, or set {SERVICE_URI} for Entra ID"
    )
    return None


def _refuse_identity_beside_connection_string(reader: _Reader) -> None:
    for setting in (SERVICE_URI, CLIENT_ID, CREDENTIAL, CLIENT_ENDPOINT):
        if setting in reader.given:
            reader.refuse(CONNECTION_STRING, f"and {setting} are both set; keep one of them")


def _service_of_connection_string(reader: _Reader) -> ServiceEndpoint | None:
    text = reader.given[CONNECTION_STRING]
    try:
        service = parse_connection_string(text)
    except InvalidConnectionStringError as exc:
        reader.refuse(CONNECTION_STRING, f"is no valid connection string: {exc.part} {exc.problem}")
        return None
    names = {part.partition("=")[0].strip().lower() for part in text.split(";") if part.partition("=")[2].strip()}
    if service.identity and "accesskey" in names:
        reader.refuse(CONNECTION_STRING, "has an AccessKey and asks for an identity (AuthType); keep one of them")
    if SITE_NAME in reader.given and not reader.development and _is_emulator(service):
        reader.refuse(CONNECTION_STRING, "is the emulator's, and this is Azure; take the service's own from the portal")
    return service


def _is_emulator(service: ServiceEndpoint) -> bool:
    on_this_machine = service.endpoint.host in {"localhost", "127.0.0.1", "[::1]"}
    return on_this_machine or service.access_key == PUBLISHED_ACCESS_KEY


def _service_with_identity(reader: _Reader) -> ServiceEndpoint | None:
    endpoint = reader.value(SERVICE_URI, values.endpoint, None)
    client_endpoint = reader.value(CLIENT_ENDPOINT, values.endpoint, None)
    identity = _identity(reader)
    return ServiceEndpoint(endpoint, identity=identity, client_endpoint=client_endpoint) if endpoint else None


def _identity(reader: _Reader) -> Identity:
    """Choose as Azure's own bindings do: a client id names a managed identity, nothing leaves it to azure-identity."""
    credential = reader.given.get(CREDENTIAL, "").lower()
    if credential not in {"", "managedidentity"}:
        reader.refuse(CREDENTIAL, "must be managedidentity, or not set")
    client_id = reader.given.get(CLIENT_ID)
    return Identity("managed", client_id) if client_id or credential else Identity("default")


def _negotiate_auth(reader: _Reader) -> tuple[str, ...]:
    names = values.items(reader.given.get(NEGOTIATE_AUTH, "easyauth").lower())
    unknown = [name for name in names if name not in IDENTITY_PROVIDERS]
    if unknown or not names:
        reader.refuse(NEGOTIATE_AUTH, f"must be a comma list of: {', '.join(IDENTITY_PROVIDERS)}")
    if "development" in names and not reader.development:
        reader.refuse(
            NEGOTIATE_AUTH,
            "names the provider 'development', which lets callers choose their user id; it is refused unless "
            "AZURE_FUNCTIONS_ENVIRONMENT is Development, so use easyauth, bearer or anonymous here",
        )
    return names


def _bearer(reader: _Reader, *, needed: bool) -> BearerTokens | None:
    issuer = reader.value(BEARER_ISSUER, values.identity_url, "")
    audiences = reader.value(BEARER_AUDIENCE, values.items, ())
    tokens = BearerTokens(
        issuer=issuer,
        audiences=audiences,
        jwks_uri=reader.value(BEARER_JWKS_URI, values.identity_url, None),
        user_claim=reader.value(BEARER_USER_CLAIM, values.claim_name, "sub"),
        claims=reader.value(BEARER_CLAIMS, values.forwarded_claims, ()),
    )
    for setting in (BEARER_ISSUER, BEARER_AUDIENCE):
        if needed and setting not in reader.given:
            reader.refuse(setting, f"is not set; the provider 'bearer' in {NEGOTIATE_AUTH}, and {SEND_ROLES}, need it")
    return tokens if issuer and audiences else None


def _origins(reader: _Reader, negotiate_auth: tuple[str, ...]) -> tuple[str, ...] | None:
    """The origins that the app's own setting names, else those of the platform's CORS, else None for all."""
    platform = reader.value(PLATFORM_ORIGINS, values.origins, ())
    own = reader.value(ALLOWED_ORIGINS, values.origins, None)
    if "*" in platform and reader.is_true(PLATFORM_CREDENTIALS):
        reader.refuse(
            PLATFORM_ORIGINS, "is * while CORS allows credentials; name the origins in the app's CORS settings"
        )
    if own is not None and "*" in own and "easyauth" in negotiate_auth:
        reader.refuse(
            ALLOWED_ORIGINS,
            f"is * while {NEGOTIATE_AUTH} has easyauth, whose cookies any page could use; name the origins",
        )
    chosen = own if own is not None else platform
    return None if not chosen or "*" in chosen else chosen


def _refuse_misspelt_names(reader: _Reader) -> None:
    """A setting that is nearly one of ours would be without effect, and nobody would know."""
    others = {name for name in reader.given if name not in OWN_SETTINGS and name.startswith(_PREFIXES)}
    if not others:
        return
    from difflib import get_close_matches

    for name in sorted(others):
        if meant := get_close_matches(name, OWN_SETTINGS, n=1, cutoff=0.9):
            reader.refuse(name, f"is not known; write it {meant[0]}")
