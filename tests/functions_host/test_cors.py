"""CORS: the headers that a page's browser asks for."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import Headers

from functions_host.cors import CorsPolicy
from functions_host.errors import SettingsError

ALLOWED, FOREIGN = "http://127.0.0.1:8888", "http://evil.example"
NAMED = CorsPolicy((ALLOWED,))
WITH_CREDENTIALS = CorsPolicy((ALLOWED, "http://localhost:8888"), credentials=True)
ANY = CorsPolicy(("*",))
OFF = CorsPolicy()


@pytest.mark.parametrize(
    ("policy", "origin", "headers"),
    [
        (OFF, ALLOWED, {}),
        (NAMED, ALLOWED, {"Vary": "Origin", "Access-Control-Allow-Origin": ALLOWED}),
        (NAMED, FOREIGN, {"Vary": "Origin"}),
        (NAMED, "", {"Vary": "Origin"}),
        (NAMED, "null", {"Vary": "Origin"}),
        (
            WITH_CREDENTIALS,
            "HTTP://LOCALHOST:8888",
            {
                "Vary": "Origin",
                "Access-Control-Allow-Origin": "HTTP://LOCALHOST:8888",
                "Access-Control-Allow-Credentials": "true",
            },
        ),
        (WITH_CREDENTIALS, FOREIGN, {"Vary": "Origin"}),
        (ANY, FOREIGN, {"Access-Control-Allow-Origin": "*"}),
        (ANY, "", {}),
    ],
)
def test_response_headers(policy: CorsPolicy, origin: str, headers: dict[str, str]) -> None:
    assert dict(policy.headers(Headers({"Origin": origin} if origin else {}))) == headers


def test_preflight_is_granted_what_it_asks_for() -> None:
    asked = Headers({"Origin": ALLOWED, "Access-Control-Request-Method": "PUT"})
    assert dict(NAMED.preflight_headers(asked))["Access-Control-Allow-Methods"] == "PUT"
    asked["Access-Control-Request-Headers"] = "x-signalr-user-agent,x-requested-with"
    granted = dict(NAMED.preflight_headers(asked))
    assert granted["Access-Control-Allow-Headers"] == "x-signalr-user-agent,x-requested-with"


def test_preflight_of_a_foreign_origin_is_granted_nothing() -> None:
    asked = Headers({"Origin": FOREIGN, "Access-Control-Request-Method": "PUT"})
    assert dict(NAMED.preflight_headers(asked)) == {"Vary": "Origin"}


@pytest.mark.parametrize(
    ("policy", "method", "headers", "preflight"),
    [
        (NAMED, "OPTIONS", {"Origin": ALLOWED, "Access-Control-Request-Method": "GET"}, True),
        (NAMED, "OPTIONS", {"Origin": ALLOWED}, False),
        (NAMED, "OPTIONS", {"Access-Control-Request-Method": "GET"}, False),
        (NAMED, "GET", {"Origin": ALLOWED, "Access-Control-Request-Method": "GET"}, False),
        (OFF, "OPTIONS", {"Origin": ALLOWED, "Access-Control-Request-Method": "GET"}, False),
    ],
)
def test_what_is_a_preflight(policy: CorsPolicy, method: str, headers: dict[str, str], preflight: bool) -> None:
    assert policy.is_preflight(method, Headers(headers)) is preflight


@pytest.mark.parametrize(
    ("origins", "credentials", "reason"),
    [
        (("*",), True, r"'\*' cannot go with credentials"),
        (("http://a", "*"), True, "name the origins instead"),
        (("http://a/",), False, "'http://a/' is not an origin"),
        (("localhost:8888",), False, "'localhost:8888' is not an origin"),
    ],
)
def test_policy_that_no_browser_would_accept_is_refused(
    origins: tuple[str, ...], credentials: bool, reason: str
) -> None:
    with pytest.raises(SettingsError, match=reason):
        CorsPolicy(origins, credentials)
