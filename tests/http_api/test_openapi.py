"""OpenAPI: the document is valid, complete and true: every status in it is provoked here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from http_api import idempotency
from http_api.api import Operation
from http_api.idempotency import SentOnce
from http_api.openapi import statuses
from http_api.responses import Answer
from http_api.roles import ANY
from shared import AccessKeyCredential, SignalRServiceClient, service
from shared.retry import RetryPolicy
from tests.broadcast.app import ACCESS_KEY, APIS, Configure, call, triggers
from tests.broadcast.service import AnsweringService
from tests.http_api.identity_provider import IdentityProvider

OPERATIONS = {operation.name: operation for api in APIS for operation in api.operations}
DOCUMENTATION = {"openapi", "api_docs", "api_docs_file"}
VALUES = {"hub": "chat", "group": "red", "user": "ada", "connectionId": "c1", "file": "start.js"}
EVERYTHING = {
    "API_DOCS": "true",
    "SIGNALR_HUBS": "chat",
    "NEGOTIATE_AUTH": "function-key,bearer,anonymous",
    "SELF_JOIN_GROUPS": "red",
}


@pytest.fixture
def document(configure: Configure) -> dict[str, Any]:
    configure(API_DOCS="true")
    found: dict[str, Any] = json.loads(call("GET", "/api/openapi.json").get_body())
    return found


def test_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_document_has_exactly_the_functions_that_are_registered(document: dict[str, Any]) -> None:
    described = {
        described["operationId"]: (method.upper(), path.removeprefix("/"))
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    }
    registered = {
        name: (str(trigger["methods"][0]), trigger["route"])
        for name, trigger in triggers().items()
        if name not in DOCUMENTATION
    }
    assert described == registered


def test_security_says_which_functions_need_a_key(document: dict[str, Any]) -> None:
    for methods in document["paths"].values():
        for described in methods.values():
            needs_key = all("functionKey" in way for way in described["security"])
            level = str(triggers()[described["operationId"]]["authLevel"])
            assert needs_key is (level == "FUNCTION"), described["operationId"]


def test_examples_fit_their_schemas(document: dict[str, Any]) -> None:
    checked = 0
    for example, schema in _examples(document):
        Draft202012Validator({**schema, "components": document["components"]}).validate(example)
        checked += 1
    assert checked > 200


def _examples(node: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    if isinstance(node, dict):
        if "example" in node and "schema" in node:
            yield node["example"], node["schema"]
        for inner in node.values():
            yield from _examples(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _examples(inner)


EMOJI = "%F0%9F%98%80"
EVERY_STATUS = [
    (name, status)
    for name, operation in OPERATIONS.items()
    for status in sorted({operation.answer.status, *statuses(operation)})
]


@pytest.mark.parametrize(("name", "status"), EVERY_STATUS)
def test_status_of_the_document_is_one_that_the_function_gives(
    name: str,
    status: int,
    document: dict[str, Any],
    answering_service: AnsweringService,
    identity_provider: IdentityProvider,
    configure: Configure,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(idempotency, "_sent_once", SentOnce())
    operation = OPERATIONS[name]
    attempt = Attempt(operation, identity_provider)
    attempt.aim_at(status, answering_service)
    configure(answering_service.endpoint, **attempt.settings)
    with monkeypatch.context() as patch:
        if status in {429, 502, 503}:
            patch.setattr(service, "_first_client", attempt.client_of(answering_service.endpoint))
        if status == 500:
            patch.setattr(Answer, "response", _fail)
        if status == 422:
            attempt.call(query="?unknown=1")
        if status == 409:
            patch.setattr(Answer, "response", lambda *_: attempt.call())
        response = attempt.call()
    assert response.status_code == status, response.get_body()
    described = document["paths"][f"/{operation.route}"][operation.method.lower()]["responses"][str(status)]
    if "content" in described:
        schema = described["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(json.loads(response.get_body()))
    elif status != 401:
        assert response.get_body() == b""


class Attempt:
    """A call of an operation that is bent until it meets a certain status."""

    def __init__(self, operation: Operation, provider: IdentityProvider) -> None:
        self._operation, self._provider = operation, provider
        self.settings = {**EVERYTHING, **provider.settings}
        self.values, self.query = dict(VALUES), ""
        self.headers = {} if operation.grant or operation.tag == "Negotiate" else provider.authorization()
        self.body = json.dumps(operation.body.example).encode() if operation.body else b""

    def call(self, *, query: str = "") -> Any:
        target = f"/api/{self._operation.route.format(**self.values)}{self.query}{query}"
        return call(self._operation.method, target, self.body, headers=self.headers)

    def client_of(self, endpoint: str) -> Callable[[], SignalRServiceClient]:
        """A client that asks the service even at negotiate, as one with an identity does, and does not wait."""
        negotiates = self._operation.tag == "Negotiate"
        credential = IdentityWithToken() if negotiates else AccessKeyCredential(ACCESS_KEY)
        client = SignalRServiceClient(endpoint, "chat", credential, retry=RetryPolicy(base_delay=0))
        return lambda: client

    def aim_at(self, status: int, upstream: AnsweringService) -> None:
        upstream.status = {404: 404, 429: 429, 502: 400, 503: 0}.get(status, 200)
        upstream.body = b'{"value":[],"result":1}'
        hub = "{hub}" in self._operation.route
        match status:
            case 400 if hub:
                self.values["hub"] = "my-hub"
            case 400:
                self.body = b"{"
                self.headers |= self._provider.authorization(sub="..")
            case 401:
                self.settings["SEND_ROLES"] = "Sender=send"
                self.headers["authorization"] = "Bearer a.b.c"
            case 403:
                self._forbid()
            case 404 if hub:
                self.values["hub"] = "admin"
            case 409 | 422:
                self.headers["idempotency-key"] = "k"
            case 413:
                self._make_too_large()
            case 415:
                self.headers["content-type"] = "text/plain"
            case 431:
                self.headers["x"] = "y" * 40_000
            case 502:
                upstream.status = 401
            case 503 if self._operation.grant == ANY:
                self.settings["SEND_ROLES"] = "Sender=send"
                self.headers |= self._provider.authorization()
                self._provider.answers.clear()

    def _forbid(self) -> None:
        self.settings |= {"SEND_ROLES": "Sender=send@other", "ALLOWED_ORIGINS": "https://www.example.org"}
        self.headers |= {**self._provider.authorization(), "origin": "https://evil.example"}

    def _make_too_large(self) -> None:
        self.values |= dict.fromkeys(("group", "user", "connectionId"), EMOJI * 200)
        names = {parameter.name for parameter in self._operation.query}
        self.query = "&".join(f"{name}={EMOJI * 1024}" for name in sorted({"excluded", "reason"} & names))
        self.query = f"?{self.query}"
        self.body = b" " * 1_048_577 if self._operation.body else b""


class IdentityWithToken:
    """An identity as azure-identity has them, whose token is at hand."""

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("token", 9_999_999_999)


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("unforeseen")
