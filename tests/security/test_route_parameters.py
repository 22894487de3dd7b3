"""Names in the path: whatever stands there, every function answers, and none fails."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.broadcast.app import triggers
from tests.http_api.test_openapi import OPERATIONS
from tests.processes import ServerProcess
from tests.security.app import FUNCTION_KEY, failures

NASTY = [
    *("%2F", "a%2Fb", "%2f%2F", "a%2F..%2Fb", "%2E%2E", "..", ".", "%2E", "%5C", "a%5Cb", "..%5C..%5Cetc"),
    *("%00", "a%00b", "%0A", "a%0Db", "%09", "%7F", "%1B%5B31m", "%25", "%2525", "%252F", "%", "%zz", "%C3", "%FF"),
    *(
        "%C3%BC",
        "%E2%82%AC",
        "%F0%9F%98%80",
        "%E2%80%AE",
        "%EF%BB%BF",
        "%ED%A0%80",
        "%CC%81",
        "%C2%A0",
        "%20",
        "%20%20",
    ),
    *("a" * 10_240, "%C3%BC" * 1_024, "%F0%9F%98%80" * 1_024, "%2F" * 3_000, "me", "ME", "null", "undefined", "-1"),
    *("{hub}", "%7Bhub%7D", ":send", ":closeConnections", "a;b", "a,b", "a?b".replace("?", "%3F"), "a%23b", "a&b=c"),
    *("'%20OR%201=1--", "%3Cscript%3E", "$(id)", "%24%7Bjndi:ldap%7D", "CON", "a+b", "__proto__"),
]
FUNCTIONS = sorted(name for name in OPERATIONS if "{" in OPERATIONS[name].route)
VALUES = {"hub": "chat", "group": "red", "user": "ada", "connectionId": "c1"}


@pytest.fixture
def connection(app: ServerProcess) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection(urlsplit(app.address).netloc, timeout=40)
    yield opened
    opened.close()


def status_of(connection: http.client.HTTPConnection, name: str, values: dict[str, str], query: str = "") -> int:
    """Call a function with names that go out exactly as they are written here."""
    operation = OPERATIONS[name]
    body = json.dumps(operation.body.example) if operation.body else None
    headers = {"x-functions-key": FUNCTION_KEY} | ({"Content-Type": "application/json"} if body else {})
    connection.request(operation.method, f"/api/{operation.route.format(**values)}{query}", body, headers)
    response = connection.getresponse()
    text = response.read()
    if response.status >= 400 and text:
        assert list(json.loads(text)) == ["error"]
    return response.status


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_name_makes_a_function_fail(name: str, app: ServerProcess, connection: http.client.HTTPConnection) -> None:
    for parameter in VALUES:
        if f"{{{parameter}}}" in OPERATIONS[name].route:
            for nasty in NASTY:
                status = status_of(connection, name, {**VALUES, parameter: nasty})
                assert status < 500, (parameter, nasty[:40], status)
    assert failures(app) == []


@pytest.mark.parametrize("parameter", ["excluded", "reason", "ttl", "top"])
def test_no_query_makes_a_function_fail(
    parameter: str, app: ServerProcess, connection: http.client.HTTPConnection
) -> None:
    takers = [name for name in FUNCTIONS if parameter in {each.name for each in OPERATIONS[name].query}]
    for name in takers:
        for nasty in NASTY:
            if "#" not in nasty and "{" not in nasty:
                status = status_of(connection, name, VALUES, f"?{parameter}={nasty}")
                assert status < 500, (name, nasty[:40], status)
    assert failures(app) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(FUNCTIONS), raw=st.binary(min_size=1, max_size=60))
def test_no_bytes_make_a_function_fail(
    name: str, raw: bytes, app: ServerProcess, connection: http.client.HTTPConnection
) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in raw)
    assert status_of(connection, name, dict.fromkeys(VALUES, encoded) | {"hub": "chat"}) < 500
    assert failures(app) == []


def test_every_function_with_names_is_among_them() -> None:
    with_names = {name for name, trigger in triggers().items() if "{" in trigger["route"]}
    assert with_names - {"api_docs_file"} == set(FUNCTIONS)
