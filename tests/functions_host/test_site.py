"""The site over the wire: what functions are given, what callers get, and the host's own pages."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client

from functions_host.cors import CorsPolicy
from functions_host.functions import AuthLevel, FunctionMetadata, HttpFunction, HttpResponse
from functions_host.http_messages import HEADERS_AS_SENT
from functions_host.keys import KEYS_FILE
from functions_host.routes import RouteTable
from functions_host.site import MAX_BODY_BYTES, Site
from tests.functions_host.hosts import run_host, send, write_app
from tests.processes import ServerProcess

ORIGIN = "http://127.0.0.1:8888"
PREFLIGHT = [("Origin", ORIGIN), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "x-a")]


@pytest.mark.parametrize(
    ("target", "field", "value"),
    [
        ("/api/echo/a%20b", "route_values", {"value": "a b"}),
        ("/API/Echo/A%2Fb/", "route_values", {"value": "A%2Fb"}),
        ("/api/echo", "route_values", {}),
        ("/api/files/a/b%2Fc", "route_values", {"path": "a/b%2Fc"}),
        ("/api/echo/%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB", "route_values", {"value": "👩\u200d💻"}),
        ("/api/echo?a=1&a=2&A=3&b=&c", "query", {"a": "1,2,3"}),
        ("/api/echo?a=x%20y+z%C3%BC", "query", {"a": "x y zü"}),
        ("/api/echo?code=secret", "query", {"code": "secret"}),
        ("http://elsewhere/api/echo/x?a=1", "route_values", {"value": "x"}),
    ],
)
def test_function_is_given_its_url(echo_host: ServerProcess, target: str, field: str, value: object) -> None:
    assert send(echo_host, "GET", target).json[field] == value


def test_function_is_given_the_whole_url_as_sent(echo_host: ServerProcess) -> None:
    url = send(echo_host, "GET", "/api/echo/a%2Fb?x=%20").json["url"]
    assert url == f"{echo_host.address}/api/echo/a%2Fb?x=%20"


def test_function_is_given_headers_in_lower_case_and_joined(echo_host: ServerProcess) -> None:
    headers = [("X-Twice", "1"), ("x-twice", "2"), ("X_Under", "3"), ("X-MS-CLIENT-PRINCIPAL-ID", "forged")]
    seen = send(echo_host, "GET", "/api/echo", headers).json["headers"]
    assert seen == {"host": urlsplit(echo_host.address).netloc, "x-twice": "1,2", "x_under": "3"}


@pytest.mark.parametrize("body", [b"", b"hello", "grüezi".encode(), b"x" * 1_000_000])
def test_function_is_given_the_body(echo_host: ServerProcess, body: bytes) -> None:
    seen = send(echo_host, "POST", "/api/echo", body=body).json
    assert (seen["body"], seen["size"]) == (body.decode(), len(body))


def test_a_chunked_body_arrives_empty(echo_host: ServerProcess) -> None:
    seen = send(echo_host, "POST", "/api/echo", [("Transfer-Encoding", "chunked")], b"5\r\nhello\r\n0\r\n\r\n").json
    assert (seen["body"], seen["method"]) == ("", "POST")


def test_a_body_over_the_limit_is_refused(echo_host: ServerProcess) -> None:
    response = send(echo_host, "POST", "/api/echo", body=bytes(MAX_BODY_BYTES + 1))
    assert (response.status, response.body) == (413, b"")


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api", 404),
        ("GET", "/api/nothing", 404),
        ("DELETE", "/api/echo", 404),
        ("HEAD", "/api/echo", 404),
        ("OPTIONS", "/api/echo", 404),
        ("OPTIONS", "*", 404),
        ("POST", "/", 404),
        ("GET", "/api/echo/%00", 400),
        ("GET", "/api/fails", 500),
        ("GET", "/api/fails_async", 500),
        ("GET", "/api/returns_a_number", 500),
        ("GET", "/api/returns_nothing", 500),
        ("GET", "/api/exits", 500),
        ("GET", "/api/exits_async", 500),
        ("GET", "/api/strange_status", 500),
        ("GET", "/admin", 404),
        ("GET", "/admin/functions", 404),
        ("POST", "/admin/host/status", 404),
        ("GET", "/runtime/webhooks", 404),
        ("GET", "/admin/host/ping", 200),
        ("POST", "/admin/host/ping/", 200),
        ("GET", "/api/logs", 200),
    ],
)
def test_status_with_an_empty_body(echo_host: ServerProcess, method: str, target: str, status: int) -> None:
    response = send(echo_host, method, target)
    assert (response.status, response.body, response.headers["content-length"]) == (status, b"", "0")


@pytest.mark.parametrize(
    ("method", "target", "status", "content_type", "body"),
    [
        ("GET", "/api/text", 200, "text/plain; charset=utf-8", "grüezi"),
        ("GET", "/api/page", 200, "text/html; charset=utf-8", "<p>"),
        ("HEAD", "/api/page", 200, "text/html; charset=utf-8", ""),
        ("GET", "/api/empty", 204, "text/plain; charset=utf-8", ""),
    ],
)
def test_function_answers(
    echo_host: ServerProcess, method: str, target: str, status: int, content_type: str, body: str
) -> None:
    response = send(echo_host, method, target)
    assert (response.status, response.headers["content-type"], response.body.decode()) == (status, content_type, body)


def test_no_content_has_no_length(echo_host: ServerProcess) -> None:
    assert "content-length" not in send(echo_host, "GET", "/api/empty").headers


def test_cookies_and_headers_of_a_function_reach_the_caller(echo_host: ServerProcess) -> None:
    response = send(echo_host, "GET", "/api/cookies")
    first, second = [set(cookie.lower().split("; ")) for cookie in response.headers.get_all("set-cookie", [])]
    expected = {"a=1", "path=/x", "httponly", "secure", "samesite=lax", "max-age=60", "domain=a.example"}
    assert (response.status, response.headers["x-a"], first) == (201, "1", expected)
    assert {part.split(":")[0] for part in second} == {"b=2", "expires=wed, 09 jun 2100 10"}


def test_function_is_given_its_context(echo_host: ServerProcess) -> None:
    headers = [("traceparent", "00-1-2-01"), ("tracestate", "a=b")]
    seen = send(echo_host, "GET", "/api/context", headers).json
    assert (seen["function"], seen["id"], seen["retries"]) == ("context", seen["thread_local"], 0)
    assert seen["trace"] == ["00-1-2-01", "a=b", {}]
    assert Path(seen["directory"]).is_dir()


def test_homepage_says_that_the_app_runs(echo_host: ServerProcess) -> None:
    response = send(echo_host, "GET", "/")
    assert (response.status, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"running" in response.body


def test_status_page_is_json(echo_host: ServerProcess) -> None:
    status = send(echo_host, "GET", "/admin/host/status").json
    assert (status["state"], status["processUptime"] >= 0, len(status["id"])) == ("Running", True, 32)


class BrokenWorker:
    """A worker with a mistake of its own, as none of the host's should have."""

    def load(self) -> list[FunctionMetadata]:
        return []

    def invoke(self, *_: object) -> HttpResponse:
        raise AssertionError("a mistake")

    def close(self) -> None:
        pass


def test_a_mistake_of_the_host_is_logged_and_answered_like_a_failed_function(caplog: pytest.LogCaptureFixture) -> None:
    function = HttpFunction("f", "f", frozenset(), AuthLevel.ANONYMOUS, "req")
    site = Site(RouteTable.build([function], route_prefix=""), BrokenWorker(), cors=CorsPolicy())
    response = Client(site).get("/f?code=secret", environ_overrides={HEADERS_AS_SENT: [], "RAW_URI": "/f?code=secret"})
    assert (response.status_code, response.data) == (500, b"")
    assert "The host failed at GET /f\n" in caplog.text
    assert "secret" not in caplog.text


def test_without_cors_no_origin_is_named(echo_host: ServerProcess) -> None:
    response = send(echo_host, "OPTIONS", "/api/echo", PREFLIGHT)
    assert (response.status, response.headers["access-control-allow-origin"]) == (404, None)


KEYED_APP = """
app = func.FunctionApp()

@app.route(auth_level="ANONYMOUS")
def open(req: func.HttpRequest) -> str:
    return "open"

@app.route()
def keyed(req: func.HttpRequest) -> str:
    return "keyed"

@app.route()
def other(req: func.HttpRequest) -> str:
    return "other"

@app.route(auth_level="ADMIN")
def admin_only(req: func.HttpRequest) -> str:
    return "admin"
"""


def test_keys_and_cors_are_asked_for_where_they_are_switched_on(tmp_path: Path) -> None:
    local_settings = {"IsEncrypted": False, "Host": {"CORS": ORIGIN, "CORSCredentials": True}}
    # The host refuses the route "admin_only", which begins with "admin", so that this one says where it is.
    source = KEYED_APP.replace('auth_level="ADMIN"', 'route="only/admin", auth_level="ADMIN"')
    root = write_app(tmp_path, source, local_settings=local_settings)
    with run_host(root, "--enable-auth", env={"FUNCTIONS_HOST_KEY": "chosen"}) as host:
        keys = json.loads((root / KEYS_FILE).read_text(encoding="utf-8"))
        master, own, others = keys["masterKey"], keys["functionKeys"]["keyed"], keys["functionKeys"]["other"]
        for target, key, status in [
            ("/api/open", None, 200),
            ("/api/open", "wrong", 200),
            ("/api/keyed", None, 401),
            ("/api/keyed", "", 401),
            ("/api/keyed", "wrong", 401),
            ("/api/keyed", others, 401),
            ("/api/keyed", keys["hostKey"], 401),
            ("/api/keyed", own, 200),
            ("/api/keyed", "chosen", 200),
            ("/api/keyed", master, 200),
            ("/api/only/admin", "chosen", 401),
            ("/api/only/admin", master, 200),
            ("/admin/host/ping", None, 200),
            ("/admin/host/status", "chosen", 401),
            ("/admin/host/status", master, 200),
        ]:
            given = [] if key is None else [("X-Functions-Key", key)]
            assert send(host, "GET", target, given).status == status, (target, key)
            query = "" if key is None else f"?CODE={key}"
            assert send(host, "GET", target + query).status == status, (target, key)
        assert send(host, "GET", f"/api/keyed?code={master}", [("x-functions-key", "wrong")]).status == 401

        refused = send(host, "GET", "/api/keyed", [("Origin", ORIGIN)])
        assert (refused.status, refused.body, refused.headers["access-control-allow-origin"]) == (401, b"", ORIGIN)
        foreign = send(host, "GET", "/api/open", [("Origin", "http://evil.example")])
        assert (foreign.status, foreign.headers["access-control-allow-origin"]) == (200, None)
        preflight = send(host, "OPTIONS", "/anything", PREFLIGHT)
        assert (preflight.status, preflight.body) == (204, b"")
        names = ("origin", "methods", "headers", "credentials")
        granted = [preflight.headers[f"access-control-allow-{name}"] for name in names]
        assert granted == [ORIGIN, "POST", "x-a", "true"]
    output = "".join(host.output)
    assert str(KEYS_FILE) in output
    assert [key for key in (master, keys["hostKey"], own, others, "chosen") if key in output] == []
