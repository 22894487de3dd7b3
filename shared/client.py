"""The client: Azure SignalR Service's REST API for one hub, a method for each operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from shared.client_tokens import ClientAccessToken
from shared.connection_string import ServiceEndpoint, parse_connection_string
from shared.credentials import AccessKeyCredential
from shared.endpoint import Endpoint
from shared.errors import InvalidParameterError
from shared.health import is_healthy
from shared.management import Management
from shared.operation import HubPaths
from shared.options import ClientOptions, Options
from shared.resource import Resource, generated_token
from shared.routing import RoutedEndpoint, Router
from shared.sender import Sender
from shared.sends import Sends

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_HOUR = timedelta(hours=1)


class SignalRServiceClient(Sends, Management):
    """Sends to the clients of one hub, and manages its groups, users and connections; thread-safe.

    `credential` is an AccessKeyCredential or any credential of azure-identity. Clients connect to `client_endpoint`
    and REST calls go to `server_endpoint` where these differ from `endpoint`. The other options are ClientOptions:
    `connect_timeout` and `read_timeout` in seconds of each attempt, `retry`, `api_version`.

    Every method raises InvalidParameterError before any request, NoResponseError where nothing answers, and a child
    of HttpResponseError for an answer that is not success.
    """

    def __init__(
        self,
        endpoint: str,
        hub: str,
        credential: AccessKeyCredential | TokenCredential,
        *,
        client_endpoint: str | None = None,
        server_endpoint: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        checked = Options(**options)
        self._at = HubPaths(hub, checked.api_version)
        self._sender = Resource(
            _parsed("endpoint", endpoint),
            credential,
            checked,
            client_endpoint=_parsed("client_endpoint", client_endpoint) if client_endpoint else None,
            server_endpoint=_parsed("server_endpoint", server_endpoint) if server_endpoint else None,
        )

    @classmethod
    def from_connection_string(cls, text: str, *, hub: str, **options: Unpack[ClientOptions]) -> Self:
        """Make a client from a connection string as the portal shows it; else InvalidConnectionStringError."""
        return cls.from_service_endpoint(parse_connection_string(text), hub=hub, **options)

    @classmethod
    def from_service_endpoint(cls, service: ServiceEndpoint, *, hub: str, **options: Unpack[ClientOptions]) -> Self:
        """Make a client from a connection string that was read before."""
        checked = Options(**options)
        return cls._made(HubPaths(hub, checked.api_version), Resource.of_service(service, checked))

    @classmethod
    def from_connection_strings(
        cls, endpoints: Sequence[str | RoutedEndpoint], *, hub: str, **options: Unpack[ClientOptions]
    ) -> Self:
        """Make a client of several service endpoints; a plain connection string is a primary of weight 1.

        A client token is for a primary that is online, else for a secondary. Sends and orders go to all endpoints that
        are online at once, and raise EndpointsFailedError, with a result for each, where one of them fails. A yes of
        one endpoint is a yes, and listing lists all. An endpoint that fails is left out until it is healthy again.
        """
        checked = Options(**options)
        return cls._made(HubPaths(hub, checked.api_version), Router.of_endpoints(endpoints, checked))

    @classmethod
    def _made(cls, at: HubPaths, sender: Sender) -> Self:
        made = cls.__new__(cls)
        vars(made).update(_at=at, _sender=sender)
        return made

    def for_hub(self, hub: str) -> Self:
        """A client for another hub, on the same connections and the same credential."""
        return self._made(HubPaths(hub, self._at.version), self._sender)

    @property
    def hub(self) -> str:
        return self._at.hub

    def close(self) -> None:
        """Close the connections, those of the clients from `for_hub` too; a later call opens new ones."""
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._sender.names)}, hub={self.hub!r})"

    def get_client_access_token(
        self,
        *,
        user_id: str | None = None,
        lifetime: timedelta = _HOUR,
        claims: Mapping[str, Any] | None = None,
    ) -> ClientAccessToken:
        """Return what a client needs to connect, as negotiate answers it.

        Without `user_id` the client is anonymous. `claims` are JSON values; one named like a claim of JWT itself
        (`iss`, `jti`, …) reaches the service as `asrs.u.<name>`. With an access key this sends nothing. With an
        identity it signs with a key that the service lends for 90 minutes, which no token outlives; where the identity
        may not have one, the service makes each token, whole minutes long and without claims of the app's own.
        """
        return self._sender.client_access_token(self._at, user_id, lifetime, claims)

    def generate_token(self, *, user_id: str | None = None, lifetime: timedelta = _HOUR) -> str:
        """Let the service make a client token, whole minutes long."""
        return generated_token(self._sender.online()[0], self._at, user_id, lifetime)

    def health(self) -> bool:
        """Whether the service answers well; of several endpoints, whether one of them does."""
        return any(is_healthy(resource.transport) for resource in self._sender.online())


def _parsed(parameter: str, text: str) -> Endpoint:
    try:
        return Endpoint.parse(text)
    except ValueError as exc:
        raise InvalidParameterError(parameter, str(exc)) from None
