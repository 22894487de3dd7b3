"""Negotiate: what a client is told, and that its user id is never the one it asks for."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from typing import Any

import jwt
import pytest

from shared.settings import IDENTITY_PROVIDERS
from tests.broadcast.app import ACCESS_KEY, Configure, call, error, triggers
from tests.broadcast.listener import Listener, invocation
from tests.conftest import RunningEmulator
from tests.http_api.identity_provider import IdentityProvider

NEGOTIATE = ("/api/negotiate", "/api/hubs/chat/negotiate")
DEVELOPMENT = {"NEGOTIATE_AUTH": "development,anonymous", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}
SIGNED_IN = {"x-ms-client-principal-id": "ada"}


def principal(*claims: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps({"auth_typ": "aad", "claims": claims}).encode()).decode()


def claims_of(access_token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        access_token, ACCESS_KEY, algorithms=["HS256"], options={"verify_aud": False, "require": ["exp", "aud"]}
    )
    return claims


def negotiated(target: str = "/api/negotiate", body: Any = b"", **headers: str) -> dict[str, Any]:
    """The claims of the access token that a negotiate answers."""
    response = call("POST", target, body, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert response.status_code == 200, response.get_body()
    return claims_of(json.loads(response.get_body())["accessToken"])


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("/api/negotiate?negotiateVersion=1", "https://chat.service.signalr.net/client/?hub=news"),
        ("/api/hubs/news/negotiate", "https://chat.service.signalr.net/client/?hub=news"),
        ("/api/hubs/Other_Hub/negotiate", "https://chat.service.signalr.net/client/?hub=other_hub"),
    ],
)
def test_client_is_told_where_to_connect_with_a_token_for_that_address(
    target: str, url: str, configure: Configure
) -> None:
    configure(SIGNALR_DEFAULT_HUB="news", NEGOTIATE_AUTH="anonymous")
    response = call("POST", target)
    answer = json.loads(response.get_body())
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert response.headers["Cache-Control"] == "no-store"
    assert sorted(answer) == ["accessToken", "url"]
    assert answer["url"] == url
    claims = claims_of(answer["accessToken"])
    assert claims["aud"] == url
    assert 3500 < claims["exp"] - time.time() <= 3600


def test_client_endpoint_changes_the_url_and_not_the_audience(configure: Configure) -> None:
    configure(
        None,
        AzureSignalRConnectionString=f"Endpoint=https://a.service.signalr.net;AccessKey={ACCESS_KEY};"
        "ClientEndpoint=https://gate.example.org/signalr;Port=8080;",
        NEGOTIATE_AUTH="anonymous",
    )
    answer = json.loads(call("POST", "/api/negotiate").get_body())
    assert answer["url"] == "https://gate.example.org/signalr/client/?hub=chat"
    assert claims_of(answer["accessToken"])["aud"] == "https://a.service.signalr.net/client/?hub=chat"


@pytest.mark.parametrize("name", ["negotiate", "negotiate_hub"])
def test_negotiate_is_offered_to_post_alone_and_without_a_key(name: str) -> None:
    assert [str(method) for method in triggers()[name]["methods"]] == ["POST"]
    assert str(triggers()[name]["authLevel"]) == "ANONYMOUS"


@pytest.mark.parametrize("target", NEGOTIATE)
def test_nobody_without_an_identity_gets_a_token(target: str, configure: Configure) -> None:
    configure()
    response = call("POST", target)
    status_code, code, message = error(response)
    assert (status_code, code) == (401, "Unauthorized")
    assert "NEGOTIATE_AUTH (easyauth)" in message
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("settings", "headers", "user"),
    [
        ({"WEBSITE_AUTH_ENABLED": "true"}, SIGNED_IN, "ada"),
        ({"WEBSITE_AUTH_ENABLED": "True", "NEGOTIATE_AUTH": "easyauth,anonymous"}, SIGNED_IN, "ada"),
        ({"WEBSITE_AUTH_ENABLED": "true", "NEGOTIATE_AUTH": "easyauth,anonymous"}, {}, None),
        ({"WEBSITE_AUTH_ENABLED": "true", "NEGOTIATE_AUTH": "anonymous,easyauth"}, SIGNED_IN, None),
    ],
)
def test_first_provider_that_knows_the_caller_says_who_it_is(
    settings: dict[str, str], headers: dict[str, str], user: str | None, configure: Configure
) -> None:
    configure(**settings)
    assert negotiated(**headers).get("nameid") == user


@pytest.mark.parametrize("query", ["user=ada", "user=ada&userId=eve", "userId=eve&user=ada"])
def test_developer_chooses_a_user(query: str, configure: Configure) -> None:
    configure(**DEVELOPMENT)
    assert negotiated(f"/api/negotiate?{query}")["nameid"] == "ada"


def test_user_id_that_makes_the_token_too_long_is_400(configure: Configure) -> None:
    configure(**DEVELOPMENT)
    status, code, message = error(call("POST", f"/api/negotiate?user={'u' * 4000}"))
    assert (status, code) == (400, "InvalidParameter")
    assert message.startswith("user is too long for a client token")


def test_developer_who_names_no_user_is_anonymous(configure: Configure) -> None:
    configure(**DEVELOPMENT)
    assert "nameid" not in negotiated("/api/negotiate?user=")


@pytest.mark.parametrize("environment", ["", "Production", "Staging", "dev"])
@pytest.mark.parametrize("providers", ["development", "development,anonymous", "anonymous,development"])
def test_development_is_refused_outside_development_whoever_asks(
    environment: str, providers: str, configure: Configure
) -> None:
    configure(NEGOTIATE_AUTH=providers, AZURE_FUNCTIONS_ENVIRONMENT=environment)
    for target in ("/api/negotiate?user=ada", "/api/negotiate"):
        status_code, code, message = error(call("POST", target))
        assert (status_code, code) == (500, "InvalidSettings")
        assert "NEGOTIATE_AUTH" in message
        assert "AZURE_FUNCTIONS_ENVIRONMENT" in message


def test_unknown_provider_is_a_mistake_in_the_settings(configure: Configure) -> None:
    configure(NEGOTIATE_AUTH="easyauth,facebook")
    status_code, code, message = error(call("POST", "/api/negotiate"))
    assert (status_code, code) == (500, "InvalidSettings")
    assert "NEGOTIATE_AUTH" in message
    assert all(provider in message for provider in IDENTITY_PROVIDERS)


# Where other samples and libraries look for a user id, one by one.
QUERIES = ["user", "userId", "userid", "user_id", "uid", "nameid", "name", "sub", "asrs.s.uid"]
QUERIES += ["claims", "role", "lifetime", "x-ms-client-principal-id", "x-ms-signalr-userid"]
HEADERS = ["user", "user-id", "userid", "x-user-id", "nameid", "asrs.s.uid", "remote-user", "x-forwarded-user"]
HEADERS += ["x-ms-signalr-userid", "x-ms-client-principal-name"]
BODIES: list[Any] = [{name: "eve"} for name in ("user", "userId", "UserId", "user_id", "nameid", "sub", "asrs.s.uid")]
BODIES += [{"claims": {"nameid": "eve"}}, b"user=eve&userId=eve", "eve"]
CLAIM = principal({"typ": "sub", "val": "eve"})
FORGED = jwt.encode({"nameid": "eve", "sub": "eve"}, "k" * 32, algorithm="HS256")
EASYAUTH_HEADERS: list[dict[str, str]] = [{"x-ms-client-principal-id": "eve"}, {"X-MS-CLIENT-PRINCIPAL": CLAIM}]

ATTEMPTS: list[tuple[str, Any, dict[str, str]]] = [
    *[(f"?{name}=eve", b"", {}) for name in QUERIES],
    *[("", b"", {name: "eve"}) for name in HEADERS],
    *[("", body, {}) for body in BODIES],
    ("", b"", {"authorization": f"Bearer {FORGED}"}),
    (f"?access_token={FORGED}", b"", {}),
    ("", b"", {"cookie": "user=eve; AppServiceAuthSession=eve"}),
]
TARGETS = pytest.mark.parametrize("target", NEGOTIATE)


@TARGETS
@pytest.mark.parametrize(("query", "body", "headers"), [*ATTEMPTS, *[("", b"", each) for each in EASYAUTH_HEADERS]])
def test_anonymous_caller_cannot_become_a_user(
    target: str, query: str, body: Any, headers: dict[str, str], configure: Configure
) -> None:
    configure(NEGOTIATE_AUTH="easyauth,anonymous")
    claims = claims_of(json.loads(call("POST", target + query, body, headers=headers).get_body())["accessToken"])
    assert sorted(claims) == ["aud", "exp"]


@TARGETS
@pytest.mark.parametrize(("query", "body", "headers"), ATTEMPTS)
def test_signed_in_caller_cannot_become_another_user(
    target: str, query: str, body: Any, headers: dict[str, str], configure: Configure
) -> None:
    configure(NEGOTIATE_AUTH="easyauth,anonymous", WEBSITE_AUTH_ENABLED="true")
    response = call("POST", target + query, body, headers={**headers, **SIGNED_IN})
    claims = claims_of(json.loads(response.get_body())["accessToken"])
    assert sorted(claims) == ["aud", "exp", "nameid"]
    assert claims["nameid"] == "ada"


@pytest.mark.parametrize("hub", ["my-hub", "1st", "a%20b", "h" * 129, "..", "chat%2Fnegotiate"])
def test_impossible_hub_is_400(hub: str, configure: Configure) -> None:
    configure(NEGOTIATE_AUTH="anonymous")
    status_code, code, message = error(call("POST", f"/api/hubs/{hub}/negotiate"))
    assert (status_code, code) == (400, "InvalidParameter")
    assert message.startswith("hub must be")


def test_user_connects_to_the_service_with_what_negotiate_answered(
    emulator: RunningEmulator, configure: Configure
) -> None:
    configure(emulator.endpoint, **DEVELOPMENT)

    async def scenario() -> None:
        async with Listener("negotiatefunctions", "ada") as ada:
            sent = call("POST", "/api/hubs/negotiatefunctions/users/ada", {"target": "newMessage", "arguments": ["hi"]})
            assert sent.status_code == 202
            assert await ada.receive() == invocation("newMessage", "hi")

    asyncio.run(scenario())


@TARGETS
@pytest.mark.parametrize(("query", "body", "headers"), [*ATTEMPTS, *[("", b"", each) for each in EASYAUTH_HEADERS]])
def test_anonymous_caller_gets_an_id_that_is_made_here(
    target: str, query: str, body: Any, headers: dict[str, str], configure: Configure
) -> None:
    configure(NEGOTIATE_AUTH="anonymous-id")
    found = set()
    for _ in range(2):
        answer = json.loads(call("POST", target + query, body, headers=headers).get_body())
        found.add(claims_of(answer["accessToken"])["nameid"])
    assert len(found) == 2
    assert all(re.fullmatch("anonymous-[0-9a-f-]{36}", user) for user in found)


@TARGETS
@pytest.mark.parametrize(("query", "body", "headers"), [each for each in ATTEMPTS if "authorization" not in each[2]])
def test_user_of_a_token_cannot_become_another(
    target: str,
    query: str,
    body: Any,
    headers: dict[str, str],
    identity_provider: IdentityProvider,
    configure: Configure,
) -> None:
    configure(NEGOTIATE_AUTH="bearer", **identity_provider.settings)
    response = call("POST", target + query, body, headers={**headers, **identity_provider.authorization()})
    claims = claims_of(json.loads(response.get_body())["accessToken"])
    assert sorted(claims) == ["aud", "exp", "nameid"]
    assert claims["nameid"] == "ada"


@pytest.mark.parametrize("providers", ["bearer,anonymous", "anonymous-id,bearer", "easyauth,bearer,anonymous"])
def test_forged_token_does_not_pass_for_no_token(
    providers: str, identity_provider: IdentityProvider, configure: Configure
) -> None:
    configure(NEGOTIATE_AUTH=providers, **identity_provider.settings)
    response = call("POST", "/api/negotiate", headers={"authorization": f"Bearer {FORGED}"})
    if providers.startswith("anonymous"):
        assert response.status_code == 200
    else:
        assert error(response)[:2] == (401, "InvalidToken")


def test_bearer_user_and_claims_are_those_that_the_settings_name(
    identity_provider: IdentityProvider, configure: Configure
) -> None:
    chosen = {"BEARER_USER_CLAIM": "oid", "BEARER_CLAIMS": "name,tenant,missing,iss"}
    configure(NEGOTIATE_AUTH="bearer", **identity_provider.settings, **chosen)
    headers = identity_provider.authorization(oid="ada-1", name="Ada", tenant={"id": 7}, secret="not forwarded")
    claims = claims_of(json.loads(call("POST", "/api/negotiate", headers=headers).get_body())["accessToken"])
    assert sorted(claims) == ["asrs.u.iss", "aud", "exp", "name", "nameid", "tenant"]
    assert (claims["nameid"], claims["name"], claims["tenant"]) == ("ada-1", "Ada", {"id": 7})


@pytest.mark.parametrize("user", [None, "", 7, ["ada"]])
def test_token_that_names_no_user_is_401(
    user: object, identity_provider: IdentityProvider, configure: Configure
) -> None:
    configure(NEGOTIATE_AUTH="bearer,anonymous", BEARER_USER_CLAIM="oid", **identity_provider.settings)
    response = call("POST", "/api/negotiate", headers=identity_provider.authorization(oid=user))
    status, code, message = error(response)
    assert (status, code) == (401, "InvalidToken")
    assert "claim oid" in message


def test_identity_provider_that_is_away_makes_negotiate_503(
    identity_provider: IdentityProvider, configure: Configure
) -> None:
    configure(NEGOTIATE_AUTH="bearer,anonymous", **identity_provider.settings)
    headers = identity_provider.authorization()
    identity_provider.answers.clear()
    assert error(call("POST", "/api/negotiate", headers=headers))[:2] == (503, "KeysUnavailable")


def test_token_that_would_get_too_long_is_500_and_the_log_names_the_claims_and_their_sizes(
    identity_provider: IdentityProvider, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    configure(NEGOTIATE_AUTH="bearer", BEARER_CLAIMS="groups", **identity_provider.settings)
    headers = identity_provider.authorization(groups=["private-group-name" * 10] * 20)
    status, code, message = error(call("POST", "/api/negotiate", headers=headers))
    assert (status, code) == (500, "TokenNotMade")
    assert "4,096" in message
    assert re.search(r"groups [3-9],\d{3}", caplog.text)
    assert "private-group-name" not in caplog.text + message


@pytest.mark.parametrize(("minutes", "seconds"), [({}, 3600), ({"SIGNALR_TOKEN_LIFETIME_MINUTES": "5"}, 300)])
def test_lifetime_of_a_token_is_the_one_of_the_setting(
    minutes: dict[str, str], seconds: int, configure: Configure
) -> None:
    configure(NEGOTIATE_AUTH="anonymous", **minutes)
    assert seconds - 60 < negotiated()["exp"] - time.time() <= seconds


@pytest.mark.parametrize(("value", "claims"), [("true", {"asrs.s.derror": "True"}), ("false", {})])
def test_detailed_errors_are_asked_for_where_the_setting_says_so(
    value: str, claims: dict[str, str], configure: Configure
) -> None:
    configure(NEGOTIATE_AUTH="anonymous", SIGNALR_DETAILED_ERRORS=value)
    found = negotiated()
    assert {name: found[name] for name in found if name not in {"aud", "exp"}} == claims


@pytest.mark.parametrize(("hubs", "allowed"), [("", ["chat"]), ("news,Sport", ["chat", "news", "sport"])])
def test_hub_that_the_settings_do_not_list_is_404(hubs: str, allowed: list[str], configure: Configure) -> None:
    configure(NEGOTIATE_AUTH="anonymous", SIGNALR_HUBS=hubs)
    for hub in ("chat", "CHAT", "news", "sport", "admin"):
        response = call("POST", f"/api/hubs/{hub}/negotiate")
        if hub.lower() in allowed:
            assert response.status_code == 200
        else:
            assert error(response)[:2] == (404, "UnknownHub")
    assert call("POST", "/api/negotiate").status_code == 200


def test_unknown_hub_is_refused_by_every_function_with_a_hub(configure: Configure) -> None:
    configure(SIGNALR_HUBS="")
    for name, trigger in triggers().items():
        target = re.sub(r"\{\w+\}", "x", f"/api/{trigger['route']}".replace("{hub}", "admin"))
        if "{hub}" in trigger["route"]:
            assert error(call(str(trigger["methods"][0]), target, {"target": "t"}))[:2] == (404, "UnknownHub"), name


def test_backend_with_a_key_negotiates_for_a_user(configure: Configure) -> None:
    configure(NEGOTIATE_AUTH="function-key")
    response = call("POST", "/api/hubs/chat/users/ada%2Flovelace/negotiate?user=eve", {"userId": "eve"})
    assert response.headers["Cache-Control"] == "no-store"
    assert claims_of(json.loads(response.get_body())["accessToken"])["nameid"] == "ada/lovelace"
    assert str(triggers()["negotiate_user"]["authLevel"]) == "FUNCTION"
    assert error(call("POST", "/api/negotiate"))[:2] == (401, "Unauthorized")


@pytest.mark.parametrize("providers", ["easyauth", "anonymous", "bearer,anonymous-id"])
def test_backend_negotiates_for_nobody_where_the_settings_do_not_list_it(
    providers: str, identity_provider: IdentityProvider, configure: Configure
) -> None:
    configure(NEGOTIATE_AUTH=providers, **identity_provider.settings)
    status, code, message = error(call("POST", "/api/hubs/chat/users/ada/negotiate"))
    assert (status, code) == (403, "ProviderNotEnabled")
    assert "NEGOTIATE_AUTH" in message


def test_headers_that_are_too_large_are_431(configure: Configure) -> None:
    configure(NEGOTIATE_AUTH="anonymous")
    assert error(call("POST", "/api/negotiate", headers={"x": "y" * 32_768}))[:2] == (431, "HeadersTooLarge")
