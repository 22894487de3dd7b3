"""Identities: azure-identity's own ManagedIdentityCredential against the emulator, and the roles it has or lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import pytest

from shared import (
    ClientAuthenticationError,
    InvalidParameterError,
    Message,
    PermissionDeniedError,
    SignalRServiceClient,
)
from tests.conftest import RunningEmulator
from tests.contract.conftest import API_OWNER, READER
from tests.contract.live_connection import Clients

HI = Message("newMessage", ["hi"])
Identity = Callable[..., Any]


@contextmanager
def client_of(emulator: RunningEmulator, credential: Any) -> Iterator[SignalRServiceClient]:
    with SignalRServiceClient(emulator.endpoint, "identities", credential) as client:
        yield client


def test_a_service_owner_signs_client_tokens_here(
    emulator: RunningEmulator, managed_identity: Identity, clients: Clients
) -> None:
    with client_of(emulator, managed_identity()) as client:
        access = client.get_client_access_token(user_id="ann", claims={"role": "admin"})
        assert jwt.get_unverified_header(access.token)["kid"]
        connection = clients.connect(access)
        client.send_to_user("ann", HI)
        assert connection.next_arguments() == ["hi"]


def test_an_owner_of_the_rest_api_lets_the_service_make_them(
    emulator: RunningEmulator, managed_identity: Identity, clients: Clients
) -> None:
    with client_of(emulator, managed_identity(client_id=API_OWNER)) as client:
        connection = clients.connect(client.get_client_access_token(user_id="ann"))
        client.send_to_user("ann", HI)
        assert connection.next_arguments() == ["hi"]
        with pytest.raises(InvalidParameterError, match="SignalR App Server"):
            client.get_client_access_token(claims={"role": "admin"})


def test_a_reader_is_told_which_role_a_send_needs(emulator: RunningEmulator, managed_identity: Identity) -> None:
    with client_of(emulator, managed_identity(client_id=READER)) as client:
        assert not client.user_exists("nobody")
        with pytest.raises(PermissionDeniedError, match=r"SignalR REST API Owner or SignalR Service Owner.*Access con"):
            client.send_to_all(HI)
        with pytest.raises(PermissionDeniedError, match=r"generate_token needs the role"):
            client.get_client_access_token()


def test_an_identity_that_the_app_does_not_have_is_an_authentication_error(
    emulator: RunningEmulator, managed_identity: Identity
) -> None:
    unknown = managed_identity(client_id="33333333-3333-4333-8333-333333333333")
    with (
        client_of(emulator, unknown) as client,
        pytest.raises(ClientAuthenticationError, match="check that the app has this identity"),
    ):
        client.send_to_all(HI)
