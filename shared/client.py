"""The client: Azure SignalR Service's REST API for one hub, a method for each operation."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from shared import operations
from shared.client_tokens import ClientAccessToken, client_url, signed_client_token
from shared.connection_string import ServiceEndpoint, parse_connection_string
from shared.credentials import AccessKeyCredential, request_credential
from shared.endpoint import Endpoint
from shared.errors import HttpResponseError, InvalidParameterError
from shared.identity import Identity, azure_credential
from shared.message import Message
from shared.parameters import checked_hub
from shared.transport import Transport

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential


class SignalRServiceClient:
    """Sends to the clients of one hub, and manages its groups, users and connections; thread-safe.

    `credential` is an AccessKeyCredential or any credential of azure-identity. Clients connect to `client_endpoint`
    and REST calls go to `server_endpoint` where these differ from `endpoint`. Timeouts are in seconds, of each call.

    Every method raises InvalidParameterError before any request, NoResponseError where nothing answers, and a child
    of HttpResponseError for an answer that is not success. No send is ever repeated: that could deliver twice.
    A send to nobody is success. Operation ids and statuses: swagger v1 of Azure/azure-signalr.
    """

    def __init__(
        self,
        endpoint: str,
        hub: str,
        credential: AccessKeyCredential | TokenCredential,
        *,
        client_endpoint: str | None = None,
        server_endpoint: str | None = None,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
    ) -> None:
        self._hub = checked_hub(hub)
        self._endpoint = _parsed("endpoint", endpoint)
        self._client_endpoint = _parsed("client_endpoint", client_endpoint) if client_endpoint else self._endpoint
        server = _parsed("server_endpoint", server_endpoint) if server_endpoint else self._endpoint
        self._credential = request_credential(credential)
        self._transport = Transport(
            str(server),
            self._credential,
            connect_timeout=_seconds("connect_timeout", connect_timeout),
            read_timeout=_seconds("read_timeout", read_timeout),
        )

    @classmethod
    def from_connection_string(
        cls, text: str, *, hub: str, connect_timeout: float = 5.0, read_timeout: float = 30.0
    ) -> Self:
        """Make a client from a connection string as the portal shows it; else InvalidConnectionStringError."""
        service = parse_connection_string(text)
        return cls.from_service_endpoint(service, hub=hub, connect_timeout=connect_timeout, read_timeout=read_timeout)

    @classmethod
    def from_service_endpoint(
        cls, service: ServiceEndpoint, *, hub: str, connect_timeout: float = 5.0, read_timeout: float = 30.0
    ) -> Self:
        return cls(
            str(service.endpoint),
            hub,
            _credential(service),
            client_endpoint=_text(service.client_endpoint),
            server_endpoint=_text(service.server_endpoint),
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
        )

    def for_hub(self, hub: str) -> Self:
        """A client for another hub, on the same connections and the same credential."""
        twin = type(self).__new__(type(self))
        vars(twin).update(vars(self), _hub=checked_hub(hub))
        return twin

    @property
    def hub(self) -> str:
        return self._hub

    def close(self) -> None:
        """Close the connections, those of the clients from `for_hub` too; a later call opens new ones."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._endpoint)!r}, {self._hub!r})"

    def send_to_all(self, message: Message, *, excluded: Sequence[str] = ()) -> None:
        """Send to every connection of the hub but the `excluded` connection ids."""
        self._transport.send(operations.send_to_all(self._hub, message, excluded=excluded))

    def send_to_user(self, user_id: str, message: Message) -> None:
        """Send to every connection of a user."""
        self._transport.send(operations.send_to_user(self._hub, user_id, message))

    def send_to_group(self, group: str, message: Message, *, excluded: Sequence[str] = ()) -> None:
        """Send to every connection in a group but the `excluded` connection ids."""
        self._transport.send(operations.send_to_group(self._hub, group, message, excluded=excluded))

    def send_to_connection(self, connection_id: str, message: Message) -> None:
        self._transport.send(operations.send_to_connection(self._hub, connection_id, message))

    def connection_exists(self, connection_id: str) -> bool:
        return self._transport.send(operations.connection_exists(self._hub, connection_id)) is not None

    def user_exists(self, user_id: str) -> bool:
        """Whether the user has any connection now."""
        return self._transport.send(operations.user_exists(self._hub, user_id)) is not None

    def group_exists(self, group: str) -> bool:
        """Whether any connection is in the group now."""
        return self._transport.send(operations.group_exists(self._hub, group)) is not None

    def user_exists_in_group(self, group: str, user_id: str) -> bool:
        return self._transport.send(operations.user_exists_in_group(self._hub, group, user_id)) is not None

    def close_connection(self, connection_id: str, *, reason: str | None = None) -> None:
        """Close a connection; ResourceNotFoundError where there is none.

        The service shows `reason` only to clients whose token asks for detailed errors (`asrs.s.derror`).
        """
        self._transport.send(operations.close_connection(self._hub, connection_id, reason=reason))

    def add_connection_to_group(self, group: str, connection_id: str) -> None:
        """Put a connection into a group until it ends; ResourceNotFoundError where there is no such connection."""
        self._transport.send(operations.add_connection_to_group(self._hub, group, connection_id))

    def remove_connection_from_group(self, group: str, connection_id: str) -> None:
        self._transport.send(operations.remove_connection_from_group(self._hub, group, connection_id))

    def add_user_to_group(self, group: str, user_id: str, *, ttl: timedelta | None = None) -> None:
        """Put all connections of a user, future ones too, into a group.

        `ttl` (whole seconds) ends this for future connections only; without it the service keeps it for a year, and
        zero means the connections of this moment alone.
        """
        self._transport.send(operations.add_user_to_group(self._hub, group, user_id, ttl=ttl))

    def remove_user_from_group(self, group: str, user_id: str) -> None:
        self._transport.send(operations.remove_user_from_group(self._hub, group, user_id))

    def remove_user_from_all_groups(self, user_id: str) -> None:
        self._transport.send(operations.remove_user_from_all_groups(self._hub, user_id))

    def get_client_access_token(
        self,
        *,
        user_id: str | None = None,
        lifetime: timedelta = timedelta(hours=1),
        claims: Mapping[str, Any] | None = None,
    ) -> ClientAccessToken:
        """Return what a client needs to connect, as negotiate answers it.

        Without `user_id` the client is anonymous. `claims` are JSON values; one named like a claim of JWT itself
        (`iss`, `jti`, …) reaches the service as `asrs.u.<name>`. With an access key this sends nothing; with an
        identity the service makes the token, whole minutes long and without claims of the app's own.
        """
        if isinstance(self._credential, AccessKeyCredential):
            # Without a port, and never the client endpoint: that is how the service knows itself.
            audience = client_url(self._endpoint.without_port, self._hub)
            token = signed_client_token(self._credential, audience, user_id=user_id, lifetime=lifetime, claims=claims)
        elif claims:
            raise InvalidParameterError("claims", "need an access key: with Entra ID the service makes the token")
        else:
            token = self._generated_token(user_id, lifetime)
        return ClientAccessToken(client_url(str(self._client_endpoint), self._hub), token)

    def _generated_token(self, user_id: str | None, lifetime: timedelta) -> str:
        body = self._transport.send(operations.generate_token(self._hub, user_id=user_id, lifetime=lifetime))
        try:
            token = json.loads(body or b"")["token"]
        except (ValueError, LookupError, TypeError):
            token = None
        if not isinstance(token, str) or not token:
            raise HttpResponseError(200, "the answer to generate_token holds no token; check the endpoint")
        return token


def _parsed(parameter: str, text: str) -> Endpoint:
    try:
        return Endpoint.parse(text)
    except ValueError as exc:
        raise InvalidParameterError(parameter, str(exc)) from None


def _text(endpoint: Endpoint | None) -> str | None:
    return None if endpoint is None else str(endpoint)


def _seconds(parameter: str, value: float) -> float:
    if not isinstance(value, (int, float)) or not 0 < value <= threading.TIMEOUT_MAX:
        raise InvalidParameterError(parameter, "must be a number of seconds above 0")
    return value


def _credential(service: ServiceEndpoint) -> AccessKeyCredential | TokenCredential:
    if service.access_key is not None:
        return AccessKeyCredential(service.access_key)
    return azure_credential(service.identity or Identity("default"))
