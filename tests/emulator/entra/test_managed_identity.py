"""The managed-identity endpoint: App Service's shape on the wire, and azure-identity's own credential against it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import jwt
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError, DefaultAzureCredential, ManagedIdentityCredential

from emulator.entra.identities import LocalIdentity, parse_identity
from emulator.entra.managed_identity import PATH
from emulator.options import Options
from tests.emulator.wire import Answer, WireEmulator, running_emulator
from tests.processes import ServerProcess

SECRET = "a-secret-of-the-test"
SYSTEM = parse_identity("system=SignalR Service Owner")
READER = parse_identity("reader=SignalR REST API Reader")
OPTIONS = Options(port=0, identities=(SYSTEM, READER), identity_header=SECRET)
RESOURCE = "https://signalr.azure.com"
GOOD = {"api-version": "2019-08-01", "resource": RESOURCE}
SCOPE = f"{RESOURCE}/.default"


async def ask(
    emulator: WireEmulator, query: Mapping[str, str] = GOOD, header: Mapping[str, str] | None = None
) -> Answer:
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    headers = {"X-IDENTITY-HEADER": SECRET} if header is None else header
    return await emulator.request("GET", f"{PATH}?{text}", headers=headers)


@pytest.mark.parametrize(
    ("more", "identity"),
    [
        ({}, SYSTEM),
        ({"client_id": READER.client_id}, READER),
        ({"client_id": READER.client_id.upper()}, READER),
        ({"client_id": SYSTEM.client_id}, SYSTEM),
        ({"object_id": READER.object_id}, READER),
        ({"principal_id": READER.object_id}, READER),
        ({"resource": RESOURCE + "/"}, SYSTEM),
    ],
)
async def test_a_token_is_given_for(more: dict[str, str], identity: LocalIdentity) -> None:
    async with running_emulator(OPTIONS) as emulator:
        answer = await ask(emulator, {**GOOD, **more})
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    body = answer.json()
    assert list(body) == ["access_token", "expires_on", "resource", "token_type", "client_id"]
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert claims["appid"] == body["client_id"] == identity.client_id
    assert claims["aud"] == body["resource"] == more.get("resource", RESOURCE)
    assert body["expires_on"] == str(claims["exp"])
    assert body["token_type"] == "Bearer"


REFUSED: Mapping[str, tuple[Mapping[str, str], Mapping[str, str] | None, int, str]] = {
    "no secret": (GOOD, {}, 400, "The header X-IDENTITY-HEADER is missing."),
    "an empty secret": (GOOD, {"X-IDENTITY-HEADER": ""}, 401, "The header X-IDENTITY-HEADER is wrong"),
    "another secret": (GOOD, {"X-IDENTITY-HEADER": SECRET + "x"}, 401, "The header X-IDENTITY-HEADER is wrong"),
    "a secret that is no ASCII": (GOOD, {"X-IDENTITY-HEADER": "ü"}, 401, "The header X-IDENTITY-HEADER is wrong"),
    "no version": ({"resource": RESOURCE}, None, 400, "api-version: expected 2019-08-01, got none."),
    "an old version": ({**GOOD, "api-version": "2017-09-01"}, None, 400, "api-version: expected 2019-08-01, got 2017"),
    "no resource": ({"api-version": "2019-08-01"}, None, 400, f"resource: this emulator gives tokens for {RESOURCE}"),
    "another resource": ({**GOOD, "resource": "https://storage.azure.com"}, None, 400, "got https://storage.azure.com"),
    "an unknown client id": ({**GOOD, "client_id": "x"}, None, 400, "client_id: no managed identity 'x'; there are: "),
    "an empty client id": ({**GOOD, "client_id": ""}, None, 400, "client_id: no managed identity ''"),
    "a client id as object id": ({**GOOD, "object_id": READER.client_id}, None, 400, "object_id: no managed identity"),
    "a resource id": ({**GOOD, "mi_res_id": "/subscriptions/x"}, None, 400, "mi_res_id: local identities have no"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_request_is_refused_in_app_services_shape_with(case: str) -> None:
    query, header, status, message = REFUSED[case]
    async with running_emulator(OPTIONS) as emulator:
        answer = await ask(emulator, query, header)
    body = answer.json()
    assert list(body) == ["statusCode", "message", "correlationId"]
    assert (answer.status, body["statusCode"]) == (status, status)
    assert message in body["message"]
    assert SECRET not in body["message"]


async def test_without_a_system_assigned_identity_one_must_be_named() -> None:
    async with running_emulator(Options(port=0, identities=(READER,), identity_header=SECRET)) as emulator:
        assert (await ask(emulator, {**GOOD, "client_id": READER.client_id})).status == 200
        answer = await ask(emulator)
    assert answer.status == 400
    assert "No system-assigned managed identity found" in answer.json()["message"]


async def test_without_identities_there_is_no_endpoint() -> None:
    async with running_emulator() as emulator:
        assert (await ask(emulator)).status == 404


async def test_without_a_secret_of_the_options_nobody_knows_one() -> None:
    async with running_emulator(Options(port=0, identities=(SYSTEM,))) as emulator:
        assert (await ask(emulator, header={"X-IDENTITY-HEADER": ""})).status == 401


class AzureSide:
    """An emulator process, and the environment that App Service would give an app beside it."""

    def __init__(self, process: ServerProcess) -> None:
        self.address = process.address
        self.process = process
        self.env = {"IDENTITY_ENDPOINT": process.address + PATH, "IDENTITY_HEADER": SECRET}


@pytest.fixture(scope="module")
def azure() -> Iterator[AzureSide]:
    with ServerProcess(
        *["-m", "emulator", "--port", "0", "--no-access-key", "--log-level", "debug"],
        *["--identity", "--identity", "reader=SignalR REST API Reader"],
        env={"IDENTITY_HEADER": SECRET},
    ) as process:
        yield AzureSide(process)


@pytest.fixture
def app(azure: AzureSide, monkeypatch: pytest.MonkeyPatch) -> AzureSide:
    """The test's process as such an app: no other credential's settings, no proxy on the way to this machine."""
    for name in ("IDENTITY_SERVER_THUMBPRINT", "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name, value in azure.env.items():
        monkeypatch.setenv(name, value)
    return azure


def call(app: AzureSide, method: str, path: str, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    message = {"target": "newMessage", "arguments": []} if method == "POST" else None
    return requests.request(method, app.address + path, headers=headers, json=message, timeout=10)


def test_the_real_credential_gets_a_token_that_sends(app: AzureSide) -> None:
    with ManagedIdentityCredential() as credential:
        token = credential.get_token(SCOPE)
    assert jwt.get_unverified_header(token.token)["alg"] == "RS256"
    assert call(app, "POST", "/api/v1/hubs/chat", token.token).status_code == 202


def test_the_real_credential_of_a_user_assigned_identity_has_that_identitys_roles(app: AzureSide) -> None:
    with ManagedIdentityCredential(client_id=READER.client_id) as credential:
        token = credential.get_token(SCOPE).token
    assert call(app, "GET", "/api/v1/hubs/chat/users/ann", token).status_code == 404
    refused = call(app, "POST", "/api/v1/hubs/chat", token)
    assert refused.status_code == 403
    assert "data action Microsoft.SignalRService/SignalR/hub/send/action" in refused.text
    assert "'SignalR REST API Owner'" in refused.text


def test_the_default_chain_of_credentials_finds_the_identity(app: AzureSide) -> None:
    with DefaultAzureCredential() as credential:
        token = credential.get_token(SCOPE).token
    assert call(app, "POST", "/api/v1/hubs/chat", token).status_code == 202


def test_the_real_credential_says_which_identities_there_are(app: AzureSide) -> None:
    with (
        ManagedIdentityCredential(client_id="nobody") as credential,
        pytest.raises(CredentialUnavailableError) as error,
    ):
        credential.get_token(SCOPE)
    assert f"there are: {SYSTEM.client_id} (system), {READER.client_id} (reader)" in str(error.value)


def test_the_real_credential_says_that_its_secret_is_wrong(app: AzureSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "another")
    with ManagedIdentityCredential() as credential, pytest.raises(ClientAuthenticationError) as error:
        credential.get_token(SCOPE)
    assert "it must hold the emulator's IDENTITY_HEADER" in str(error.value)


def test_no_token_and_no_secret_is_ever_shown(app: AzureSide) -> None:
    with ManagedIdentityCredential() as credential:
        token = credential.get_token(SCOPE).token
    damaged = token[:-8] + "AAAAAAAA"
    assert call(app, "POST", "/api/v1/hubs/chat", damaged).status_code == 401
    temporary = call(app, "GET", "/api/v1/auth/accessKey", token).json()["AccessKey"]
    with_answer = call(app, "GET", "/api/v1/auth/nothing", token)
    assert with_answer.status_code == 404
    output = "".join(app.process.output)
    assert "401 The signature is invalid" in output
    for secret in (SECRET, temporary, *token.split(".")[1:]):
        assert secret[:40] not in output


def test_without_a_secret_in_the_environment_one_is_made_and_its_file_is_named() -> None:
    with ServerProcess("-m", "emulator", "--port", "0", "--identity", env={"IDENTITY_HEADER": ""}) as process:
        output = "".join(process.output)
        found = re.search(r"^IDENTITY_HEADER: the content of (.+)$", output, re.MULTILINE)
        assert found is not None
        file = Path(found[1])
        secret = file.read_text()
        endpoint = re.search(r"^IDENTITY_ENDPOINT: (\S+)$", output, re.MULTILINE)
        assert endpoint is not None
        answer = requests.get(endpoint[1], params=GOOD, headers={"X-IDENTITY-HEADER": secret}, timeout=10)
        assert answer.status_code == 200
        assert process.stop() == 0
        assert secret not in "".join(process.output)
    assert not file.exists()


def test_identities_are_listed_at_the_start_and_no_access_key_is(azure: AzureSide) -> None:
    output = "".join(azure.process.output)
    assert f"Identity {SYSTEM}\n" in output
    assert f"Identity {READER}\n" in output
    assert "IDENTITY_HEADER: the value of IDENTITY_HEADER in the emulator's environment\n" in output
    assert "AuthType=azure.msi;Version=1.0;\n" in output
    assert "AccessKey" not in output
