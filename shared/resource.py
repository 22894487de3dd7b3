"""A resource: one Azure SignalR Service as the client uses it, for REST calls and for client tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shared import operations
from shared.client_tokens import ClientAccessToken, TokenSigner, client_url, signed_client_token
from shared.connection_string import ServiceEndpoint
from shared.credentials import AccessKeyCredential, request_credential
from shared.endpoint import Endpoint
from shared.errors import HttpResponseError, InvalidParameterError
from shared.exchanged_key import ExchangedKey
from shared.identity import Identity, azure_credential
from shared.operation import HubPaths, Operation
from shared.options import Options
from shared.transport import Transport

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential


class Resource:
    """Calls go to `server_endpoint`, clients to `client_endpoint`, and tokens name `endpoint`; thread-safe."""

    def __init__(
        self,
        endpoint: Endpoint,
        credential: AccessKeyCredential | TokenCredential,
        options: Options,
        *,
        client_endpoint: Endpoint | None = None,
        server_endpoint: Endpoint | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.server_endpoint = server_endpoint or endpoint
        self._client_endpoint = str(client_endpoint or endpoint)
        self.credential = request_credential(credential)
        self.transport = Transport(
            str(self.server_endpoint),
            self.credential,
            connect_timeout=options.connect_timeout,
            read_timeout=options.read_timeout,
            retry=options.retry,
        )
        self._exchanged_key = ExchangedKey(self.transport)
        # For a few hubs, of which an app has one or two: what every client token of a hub has in common.
        self._addresses = lru_cache(128)(self._new_addresses)

    @classmethod
    def of_service(cls, service: ServiceEndpoint, options: Options) -> Resource:
        """Make it from a connection string that was read."""
        return cls(
            service.endpoint,
            _credential(service),
            options,
            client_endpoint=service.client_endpoint,
            server_endpoint=service.server_endpoint,
        )

    @property
    def names(self) -> Sequence[str]:
        """The endpoint; a list, as Router has one."""
        return (str(self.endpoint),)

    def send(self, operation: Operation) -> bytes | None:
        """Carry out a call, as Transport.send does."""
        return self.transport.send(operation)

    def online(self) -> Sequence[Resource]:
        """The resources to ask where every one of them matters: this one."""
        return (self,)

    def client_access_token(
        self, hub: HubPaths, user_id: str | None, lifetime: timedelta, claims: Mapping[str, Any] | None
    ) -> ClientAccessToken:
        """A token signed here where a key allows, else made by the service."""
        url, audience = self._addresses(hub.hub)
        signer = self._signer()
        if signer is not None:
            token = signed_client_token(signer, audience, user_id=user_id, lifetime=lifetime, claims=claims)
        elif claims:
            raise InvalidParameterError(
                "claims",
                "need a key to sign with: an access key, or for an identity the role SignalR App Server or SignalR "
                "Service Owner (in the Azure portal: the SignalR resource, Access control (IAM))",
            )
        else:
            token = generated_token(self, hub, user_id, lifetime)
        return ClientAccessToken(url, token)

    def close(self) -> None:
        self.transport.close()

    def _signer(self) -> TokenSigner | None:
        return self.credential if isinstance(self.credential, AccessKeyCredential) else self._exchanged_key.signer()

    def _new_addresses(self, hub: str) -> tuple[str, str]:
        # The audience is without a port, and never the client endpoint: that is how the service knows itself.
        return client_url(self._client_endpoint, hub), client_url(self.endpoint.without_port, hub)


def _credential(service: ServiceEndpoint) -> AccessKeyCredential | TokenCredential:
    if service.access_key is not None:
        return AccessKeyCredential(service.access_key)
    return azure_credential(service.identity or Identity("default"))


def generated_token(resource: Resource, hub: HubPaths, user_id: str | None, lifetime: timedelta) -> str:
    """Let the service make a client token."""
    body = resource.send(operations.generate_token(hub, user_id=user_id, lifetime=lifetime))
    try:
        token = json.loads(body or b"")["token"]
    except (ValueError, LookupError, TypeError):
        token = None
    if not isinstance(token, str) or not token:
        raise HttpResponseError(200, "the answer to generate_token holds no token; check the endpoint")
    return token
