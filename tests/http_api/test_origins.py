"""Origins: pages of other sites cannot use a visitor's identity."""

from __future__ import annotations

import pytest

from tests.broadcast.app import Configure, call, error

NEGOTIATE = [("POST", "/api/negotiate"), ("POST", "/api/hubs/chat/negotiate")]
SELF_JOIN = [("PUT", "/api/hubs/chat/groups/red/users/me"), ("DELETE", "/api/hubs/chat/groups/red/users/me")]
ALLOWED = {"ALLOWED_ORIGINS": "https://www.example.org, http://localhost:8888", "NEGOTIATE_AUTH": "anonymous"}
PLATFORM = {"WEBSITE_CORS_ALLOWED_ORIGINS": '["https://www.example.org"]', "NEGOTIATE_AUTH": "anonymous"}


@pytest.mark.parametrize("request_line", [*NEGOTIATE, *SELF_JOIN])
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://www.example.org.evil.example", "http://www.example.org", "null", "", "https://[", "https://",
     "https://www.example.org:444", "https://www.example.org/"],
)  # fmt: skip
def test_page_of_another_origin_is_refused(request_line: tuple[str, str], origin: str, configure: Configure) -> None:
    for settings in (ALLOWED, PLATFORM):
        configure(**settings)
        response = call(*request_line, headers={"origin": origin, "host": "chat.azurewebsites.net"})
        assert error(response)[:2] == (403, "OriginNotAllowed")


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        (ALLOWED, {}),
        (ALLOWED, {"origin": "https://www.example.org"}),
        (ALLOWED, {"origin": "HTTPS://WWW.EXAMPLE.ORG"}),
        (ALLOWED, {"origin": "http://localhost:8888"}),
        (ALLOWED, {"origin": "https://chat.azurewebsites.net", "host": "chat.azurewebsites.net"}),
        (PLATFORM, {"origin": "https://www.example.org"}),
        ({"NEGOTIATE_AUTH": "anonymous"}, {"origin": "https://evil.example"}),
        ({"NEGOTIATE_AUTH": "anonymous", "ALLOWED_ORIGINS": "*"}, {"origin": "https://evil.example"}),
        ({**PLATFORM, "ALLOWED_ORIGINS": "https://own.example.org"}, {"origin": "https://own.example.org"}),
    ],
)
def test_own_pages_and_callers_that_are_no_page_may_negotiate(
    settings: dict[str, str], headers: dict[str, str], configure: Configure
) -> None:
    for request_line in NEGOTIATE:
        configure(**settings)
        assert call(*request_line, headers=headers).status_code == 200
