"""Access: which keys and tokens the service takes, and what its refusals become."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp
import pytest

from shared import (
    AccessKeyCredential,
    ClientAccessToken,
    ClientAuthenticationError,
    Message,
    NoResponseError,
    SignalRServiceClient,
)
from tests.conftest import RunningEmulator
from tests.contract.conftest import Connect
from tests.contract.live_connection import Clients
from tests.processes import ServerProcess

MESSAGE = Message("newMessage", ["hi"])


def test_a_wrong_key_is_refused_with_the_reason(emulator: RunningEmulator) -> None:
    credential = AccessKeyCredential("wrong" * 10)
    with (
        SignalRServiceClient(emulator.endpoint, "chat", credential) as client,
        pytest.raises(ClientAuthenticationError, match="signature") as failed,
    ):
        client.send_to_all(MESSAGE)
    assert failed.value.status_code == 401


def test_a_question_with_a_wrong_key_is_an_error_and_not_no(emulator: RunningEmulator) -> None:
    with (
        SignalRServiceClient(emulator.endpoint, "chat", AccessKeyCredential("wrong" * 10)) as client,
        pytest.raises(ClientAuthenticationError),
    ):
        client.user_exists("ann")


def test_an_expired_token_is_refused_with_the_reason(emulator: RunningEmulator) -> None:
    credential = AccessKeyCredential(emulator.access_key, clock=lambda: time.time() - 24 * 3600)
    with (
        SignalRServiceClient(emulator.endpoint, "chat", credential) as client,
        pytest.raises(ClientAuthenticationError, match="expired"),
    ):
        client.send_to_all(MESSAGE)


@pytest.mark.parametrize(
    "text",
    [
        "Endpoint=http://127.0.0.1;Port={port};AccessKey={key};Version=1.0;",
        "endpoint={address}/;accesskey={key}",
        "Endpoint=http://127.0.0.1:1;ServerEndpoint={address};ClientEndpoint={address}/;AccessKey={key}",
        "Endpoint=http://localhost:{port};AccessKey={key}",
    ],
)
def test_every_way_to_write_the_endpoint_connects(emulator: RunningEmulator, clients: Clients, text: str) -> None:
    port = urlsplit(emulator.endpoint).port
    text = text.format(port=port, address=emulator.endpoint, key=emulator.access_key)
    with SignalRServiceClient.from_connection_string(text, hub="ways") as client:
        connection = clients.connect(client.get_client_access_token())
        client.send_to_connection(connection.connection_id, MESSAGE)
        assert connection.next_arguments() == ["hi"]


@pytest.mark.parametrize("hub", ["a_b", "a`b", "a,b", "a.b", "a[1]", "Upper", "x" * 128])
def test_every_hub_name_that_is_allowed_connects(client: SignalRServiceClient, clients: Clients, hub: str) -> None:
    there = client.for_hub(hub)
    connection = clients.connect(there.get_client_access_token())
    there.send_to_all(MESSAGE)
    assert connection.next_arguments() == ["hi"]


def test_claims_named_like_those_of_a_jwt_do_no_harm(client: SignalRServiceClient, connect: Connect) -> None:
    connection = connect(user_id="ann", claims={"aud": "x", "exp": 1, "iss": "x", "role": ["a"], "nbf": 2**40})
    client.send_to_user("ann", MESSAGE)
    assert connection.next_arguments() == ["hi"]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _, access: access.token[:-4] + "AAAA", id="signature"),
        pytest.param(lambda client, _: client.for_hub("other").get_client_access_token().token, id="hub"),
    ],
)
def test_a_token_that_is_not_for_this_hub_does_not_connect(
    client: SignalRServiceClient,
    clients: Clients,
    spoil: Callable[[SignalRServiceClient, ClientAccessToken], str],
) -> None:
    access = client.get_client_access_token(user_id="ann")
    with pytest.raises(aiohttp.ClientResponseError) as refused:
        clients.connect(ClientAccessToken(access.url, spoil(client, access)))
    assert refused.value.status == 401


def test_a_client_works_again_when_the_service_is_back() -> None:
    with ServerProcess("-m", "emulator", "--port", "0") as first:
        port = str(urlsplit(first.address).port)
        credential = AccessKeyCredential("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH")
        client = SignalRServiceClient(first.address, "chat", credential)
        client.send_to_all(MESSAGE)
    with pytest.raises(NoResponseError):
        client.send_to_all(MESSAGE)
    with ServerProcess("-m", "emulator", "--port", port):
        client.send_to_all(MESSAGE)
    client.close()
