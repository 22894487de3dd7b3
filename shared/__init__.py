"""A client library for Azure SignalR Service in serverless mode: its REST API and its clients' access tokens."""

from typing import TYPE_CHECKING

from shared.client_tokens import ClientAccessToken
from shared.credentials import AccessKeyCredential
from shared.errors import (
    ClientAuthenticationError,
    HttpResponseError,
    InvalidConnectionStringError,
    InvalidParameterError,
    InvalidSettingsError,
    MessageTooLargeError,
    NoResponseError,
    PermissionDeniedError,
    ResourceNotFoundError,
    SignalRServiceError,
)
from shared.message import Message
from shared.retry import RetryPolicy

if TYPE_CHECKING:
    from shared.client import SignalRServiceClient
else:

    def __getattr__(name: str) -> object:
        """Load the client, and most of the library with it, when it is asked for: cold starts pay for every import."""
        if name != "SignalRServiceClient":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from shared.client import SignalRServiceClient

        return SignalRServiceClient


__all__ = [
    "AccessKeyCredential",
    "ClientAccessToken",
    "ClientAuthenticationError",
    "HttpResponseError",
    "InvalidConnectionStringError",
    "InvalidParameterError",
    "InvalidSettingsError",
    "Message",
    "MessageTooLargeError",
    "NoResponseError",
    "PermissionDeniedError",
    "ResourceNotFoundError",
    "RetryPolicy",
    "SignalRServiceClient",
    "SignalRServiceError",
]
