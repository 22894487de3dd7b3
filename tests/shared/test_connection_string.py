"""Connection strings: the grammar of Azure's SDK, row by row."""

from __future__ import annotations

import pytest

from shared.connection_string import parse_connection_string
from shared.errors import InvalidConnectionStringError
from shared.identity import Identity

APPLICATION = "clientId=id;tenantId=tenant"


@pytest.mark.parametrize(
    ("text", "part", "problem"),
    [
        ("", "Endpoint or AccessKey", "missing"),
        ("Endpoint=xxx", "Endpoint or AccessKey", "missing"),
        ("Endpoint=https://aaa", "Endpoint or AccessKey", "missing"),
        ("AccessKey=xxx", "Endpoint or AccessKey", "missing"),
        ("XXX=yyy", "Endpoint or AccessKey", "missing"),
        ("XXX", "Endpoint or AccessKey", "missing"),
        (";;;", "Endpoint or AccessKey", "missing"),
        ("AccessKey=xxx;Version=1.0", "Endpoint", "missing"),
        ("Endpoint=aaa;AccessKey=bbb;", "Endpoint", "must be an address"),
        ("Endpoint=endpoint=aaa;AccessKey=bbb;", "Endpoint", "must be an address"),
        ("Endpoint=;AccessKey=bbb;", "Endpoint", "must be an address"),
        ("Endpoint=https://aaa;Version=1.0", "AccessKey", "missing"),
        ("Endpoint=https://aaa;AccessKey=", "AccessKey", "missing"),
        ("Endpoint=https://aaa;AccessKey=b b", "AccessKey", "spaces"),
        ("Endpoint=https://aaa;AuthType=password", "AccessKey", "missing"),
        ("Endpoint=https://aaa;AccessKey=bbb;version=abc", "Version", "not supported"),
        ("Endpoint=https://aaa;AccessKey=bbb;version=1.x", "Version", "not supported"),
        ("Endpoint=https://aaa;AccessKey=bbb;version=2.0", "Version", "not supported"),
        ("Endpoint=https://aaa;AccessKey=bbb;version=1.", "Version", "not supported"),
        ("Endpoint=https://aaa;AccessKey=bbb;port=2.3", "Port", "from 1 to 65535"),
        ("Endpoint=https://aaa;AccessKey=bbb;port=1000000", "Port", "from 1 to 65535"),
        ("Endpoint=https://aaa;AccessKey=bbb;port=65536", "Port", "from 1 to 65535"),
        ("Endpoint=https://aaa;AccessKey=bbb;port=0", "Port", "from 1 to 65535"),
        ("Endpoint=https://aaa;AccessKey=bbb;port=٤٠٠", "Port", "from 1 to 65535"),
        ("Endpoint=https://aaa;AccessKey=bbb;ClientEndpoint=aaa", "ClientEndpoint", "must be an address"),
        ("Endpoint=https://aaa;AccessKey=bbb;ServerEndpoint=aaa", "ServerEndpoint", "must be an address"),
        ("Endpoint=https://aaa;AccessKey=bbb;endpoint=https://bbb", "endpoint", "twice"),
        ("Endpoint=https://aaa;AccessKey=bbb;ACCESSKEY=bbb", "ACCESSKEY", "twice"),
        ("Endpoint=https://aaa;xxx=1;XXX=2", "XXX", "twice"),
        (f"Endpoint=https://aaa;AuthType=aad;{APPLICATION}", "ClientSecret or ClientCert", "missing"),
        (f"Endpoint=https://aaa;AuthType=azure.app;{APPLICATION}", "ClientSecret or ClientCert", "missing"),
        ("Endpoint=https://aaa;AuthType=azure.app;tenantId=tenant", "ClientId", "missing"),
        ("Endpoint=https://aaa;AuthType=azure.app;clientId=id", "TenantId", "missing"),
    ],
)
def test_what_is_wrong_is_named(text: str, part: str, problem: str) -> None:
    with pytest.raises(InvalidConnectionStringError, match=problem) as refused:
        parse_connection_string(text)
    assert refused.value.part == part
    assert str(refused.value).startswith(f"Connection string: {part} ")


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("Endpoint=https://aaa;AccessKey=bbb;", "https://aaa"),
        ("ENDPOINT=https://aaa;ACCESSKEY=bbb;PORT=443", "https://aaa"),
        ("endpoint = https://aaa ; accesskey = bbb ", "https://aaa"),
        ("Endpoint=http://aaa/;AccessKey=bbb", "http://aaa"),
        ("Endpoint=http://aaa:500;AccessKey=bbb;Port=400", "http://aaa:400"),
        ("Endpoint=https://aaa:500;AccessKey=bbb;Port=443", "https://aaa"),
        ("Endpoint=http://localhost;Port=8888;AccessKey=bbb;Version=1.0", "http://localhost:8888"),
        ("Endpoint=https://aaa;nonsense;AccessKey=bbb;Unknown=1", "https://aaa"),
    ],
)
def test_the_endpoint_is_read(text: str, endpoint: str) -> None:
    service = parse_connection_string(text)
    assert (str(service.endpoint), service.access_key, service.identity) == (endpoint, "bbb", None)


@pytest.mark.parametrize("version", ["1.0", "1.1-preview", "1.10.2"])
def test_versions_1_x_are_supported(version: str) -> None:
    assert parse_connection_string(f"Endpoint=https://aaa;AccessKey=bbb;Version={version}").version == version


def test_the_padding_of_an_access_key_is_kept() -> None:
    assert parse_connection_string("Endpoint=https://aaa;AccessKey=a=b==;").access_key == "a=b=="


@pytest.mark.parametrize(("given", "expected"), [("http://bbb", "http://bbb"), ("http://bbb:500", "http://bbb:500")])
def test_the_port_does_not_touch_the_other_endpoints(given: str, expected: str) -> None:
    service = parse_connection_string(
        f"Endpoint=http://aaa;AccessKey=bbb;Port=400;ClientEndpoint={given};ServerEndpoint={given}"
    )
    assert str(service.endpoint) == "http://aaa:400"
    assert (str(service.client_endpoint), str(service.server_endpoint)) == (expected, expected)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("AuthType=azure", Identity("default")),
        ("AuthType=AZURE;clientId=x;tenantId=x;clientSecret=x", Identity("default")),
        ("AuthType=azure.msi", Identity("managed")),
        ("AuthType=azure.msi;clientId=id", Identity("managed", "id")),
        ("AuthType=aad", Identity("managed")),
        ("AuthType=aad;AccessKey=bbb", Identity("managed")),
        ("AuthType=Aad;ClientId=id", Identity("managed", "id")),
        ("AuthType=aad;tenantId=tenant", Identity("managed")),
        ("AuthType=aad;clientSecret=secret", Identity("managed")),
        ("AuthType=aad;clientId=id;clientSecret=secret", Identity("managed", "id")),
        (f"AuthType=aad;{APPLICATION};clientSecret=secret", Identity("application", "id", "tenant", "secret")),
        (f"AuthType=azure.app;{APPLICATION};clientSecret=secret", Identity("application", "id", "tenant", "secret")),
        (
            f"AuthType=azure.app;{APPLICATION};clientCert=/c.pem",
            Identity("application", "id", "tenant", None, "/c.pem"),
        ),
        (f"AuthType=aad;{APPLICATION};clientCertPath=/c.pem", Identity("application", "id", "tenant", None, "/c.pem")),
        (f"AuthType=aad;{APPLICATION};clientSecret=s;clientCert=c", Identity("application", "id", "tenant", "s")),
    ],
)
def test_the_auth_type_chooses_the_identity(rest: str, expected: Identity) -> None:
    service = parse_connection_string(f"Endpoint=https://aaa;{rest}")
    assert (service.identity, service.access_key) == (expected, None)


def test_an_unknown_auth_type_means_an_access_key() -> None:
    assert parse_connection_string("Endpoint=https://aaa;AuthType=other;AccessKey=bbb").access_key == "bbb"


@pytest.mark.parametrize(
    "text",
    [
        "Endpoint=https://aaaAccessKey=TopSecret;Version=1.0",
        "Endpoint=https://u:TopSecret@aaa;AccessKey=b",
        "Endpoint=https://aaa;Version=1.0AccessKey=TopSecret",
        "Endpoint=https://aaa;AccessKey=b;Port=TopSecret",
        "Endpoint=https://aaa;AccessKey=Top Secret TopSecret",
    ],
)
def test_no_error_repeats_a_value_that_may_be_the_key(text: str) -> None:
    with pytest.raises(InvalidConnectionStringError) as refused:
        parse_connection_string(text)
    assert "TopSecret" not in str(refused.value) + repr(refused.value)


def test_no_secret_is_in_a_repr() -> None:
    with_key = parse_connection_string("Endpoint=https://aaa;AccessKey=TopSecret")
    with_secret = parse_connection_string(f"Endpoint=https://aaa;AuthType=aad;{APPLICATION};ClientSecret=TopSecret")
    assert "TopSecret" not in repr(with_key) + repr(with_secret)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidConnectionStringError, match="must be text, not NoneType"):
        parse_connection_string(None)  # type: ignore[arg-type]  # a caller without a type checker
