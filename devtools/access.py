"""How the app gets into the emulator: by the published access key, or by a managed identity."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Protocol

CONNECTION = "AzureSignalRConnectionString"
PUBLISHED_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"
# Where the emulator gives out the tokens of a managed identity, in the shape of Azure App Service.
IDENTITY_PATH = "/emulator/msi/token"


class Access(Protocol):
    """What the emulator is started with, and what the app is told once the emulator's address is known."""

    @property
    def emulator_arguments(self) -> Sequence[str]: ...

    @property
    def emulator_env(self) -> Mapping[str, str]: ...

    def app_env(self, emulator: str) -> Mapping[str, str]: ...

    def shown(self, emulator: str) -> str:
        """A line for the user, without any secret."""
        ...


class PublishedKey:
    """The access key that everyone knows, in a connection string."""

    emulator_arguments: Sequence[str] = ()
    emulator_env: Mapping[str, str] = {}

    def app_env(self, emulator: str) -> Mapping[str, str]:
        return {CONNECTION: self._connection_string(emulator)}

    def shown(self, emulator: str) -> str:
        return f"Connection string:  {self._connection_string(emulator)}"

    def _connection_string(self, emulator: str) -> str:
        return f"Endpoint={emulator};AccessKey={PUBLISHED_KEY};Version=1.0;"


class ManagedIdentity:
    """No access key: tokens for a secret of this run that only the emulator and the app are given."""

    emulator_arguments: Sequence[str] = ("--identity", "--no-access-key")

    def __init__(self) -> None:
        self.emulator_env: Mapping[str, str] = {"IDENTITY_HEADER": secrets.token_urlsafe(32)}

    def app_env(self, emulator: str) -> Mapping[str, str]:
        return {
            f"{CONNECTION}__serviceUri": emulator,
            f"{CONNECTION}__credential": "managedidentity",
            "IDENTITY_ENDPOINT": emulator + IDENTITY_PATH,
            **self.emulator_env,
        }

    def shown(self, emulator: str) -> str:
        return f"Service:            {emulator} (managed identity, no access key)"
