"""A client library for Azure SignalR Service in serverless mode: its REST API and its clients' access tokens."""

from shared.client import SignalRServiceClient
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
