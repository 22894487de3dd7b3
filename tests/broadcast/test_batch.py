"""Batch: many operations in one request, a result for each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from broadcast.batch import BATCH, OPERATIONS
from http_api.parameters import PATH
from tests.broadcast.app import Configure, call, error
from tests.broadcast.service import AnsweringService
from tests.conftest import RunningEmulator

BATCH_URL = "/api/hubs/chat/batch"
MESSAGE = {"target": "newMessage", "arguments": [1]}
FIELDS = {"user": "ada", "group": "red", "connectionId": "c1", **MESSAGE}


def run(*operations: Any) -> list[dict[str, Any]]:
    response = call("POST", BATCH_URL, {"operations": operations})
    assert response.status_code == 207, response.get_body()
    assert response.headers["Cache-Control"] == "no-store"
    results: list[dict[str, Any]] = json.loads(response.get_body())["results"]
    return results


def fields_of(name: str) -> dict[str, Any]:
    operation = OPERATIONS[name]
    wanted = {parameter.name for parameter in operation.parameters if parameter.place == "path"}
    return {field: FIELDS[field] for field in FIELDS if field in wanted or (operation.body and field in MESSAGE)}


def test_every_operation_on_a_hub_but_invoke_and_batch_itself_is_there() -> None:
    assert sorted(OPERATIONS) == [
        "add_connection_to_group", "add_user_to_group", "close_all_connections", "close_connection",
        "close_group_connections", "close_user_connections", "connection_exists", "group_exists",
        "list_connections_in_group", "remove_connection_from_all_groups", "remove_connection_from_group",
        "remove_user_from_all_groups", "remove_user_from_group", "send_to_connection", "send_to_group", "send_to_hub",
        "send_to_user", "user_exists", "user_exists_in_group",
    ]  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_asks_the_service_what_its_own_function_asks(
    name: str, answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    answering_service.body = b'{"value": []}' if name.startswith("list") else b""
    operation, fields = OPERATIONS[name], fields_of(name)
    (result,) = run({"operation": name, **fields})
    path = operation.route.format(hub="chat", **{field: fields.get(field, "") for field in PATH if field != "hub"})
    response = call(operation.method, f"/api/{path}", MESSAGE if operation.body else b"")
    assert result["status"] == response.status_code
    assert answering_service.requests[0] == answering_service.requests[1]


def test_options_of_an_operation_are_fields_too(answering_service: AnsweringService, configure: Configure) -> None:
    configure(answering_service.endpoint)
    run(
        {"operation": "send_to_hub", "excluded": ["a", "b,c"], **MESSAGE},
        {"operation": "add_user_to_group", "group": "g", "user": "u", "ttl": 60},
        {"operation": "close_connection", "connectionId": "c1", "reason": "Bye"},
    )
    assert [line for line, _ in answering_service.requests] == [
        "POST /api/v1/hubs/chat?excluded=a&excluded=b%2Cc",
        "PUT /api/v1/hubs/chat/groups/g/users/u?ttl=60",
        "DELETE /api/v1/hubs/chat/connections/c1?reason=Bye",
    ]


def test_one_that_fails_does_not_stop_the_others(answering_service: AnsweringService, configure: Configure) -> None:
    configure(answering_service.endpoint)
    results = run(
        {"operation": "add_user_to_group", "group": "g", "user": "u", "ttl": -1},
        {"operation": "add_user_to_group", "group": "g"},
        {"operation": "add_user_to_group", "group": 7, "user": "u"},
        {"operation": "send_to_hub", "arguments": []},
        {"operation": "send_to_hub", "user": "ada", **MESSAGE},
        {"operation": "send_to_hub", **MESSAGE},
    )
    assert [result["status"] for result in results] == [400, 400, 400, 400, 400, 202]
    assert [result["error"]["message"].split(" ")[0] for result in results[:5]] == [
        "ttl",
        "user",
        "group",
        "target",
        "user",
    ]
    assert len(answering_service.requests) == 1


def test_results_come_in_order_from_the_service(emulator: RunningEmulator, configure: Configure) -> None:
    configure(emulator.endpoint)
    gone = {"connectionId": "gone"}
    results = run(
        {"operation": "add_connection_to_group", "group": "g", **gone},
        {"operation": "send_to_connection", **gone, **MESSAGE},
        {"operation": "connection_exists", **gone},
    )
    assert [result["status"] for result in results] == [404, 202, 404]
    assert results[2]["error"]["code"] == "Warning.Connection.NotExisted"


def test_after_silence_the_rest_is_not_tried(answering_service: AnsweringService, configure: Configure) -> None:
    configure(answering_service.endpoint)
    answering_service.status = 0
    results = run(*[{"operation": "send_to_hub", **MESSAGE}] * 3)
    assert [(result["status"], result["error"]["code"]) for result in results] == [
        (503, "NoResponse"),
        (503, "NotTried"),
        (503, "NotTried"),
    ]
    assert len(answering_service.requests) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "body must be a JSON object"),
        ({}, "body must be a JSON object"),
        ({"operations": {}}, "body must be a JSON object"),
        ({"operations": [], "other": 1}, "body must be a JSON object"),
        ({"operations": []}, "operations must be 1 to 100, not 0"),
        ({"operations": [{"operation": "send_to_hub", **MESSAGE}] * 101}, "operations must be 1 to 100, not 101"),
        ({"operations": [{"operation": "send_to_hub", **MESSAGE}, {}]}, "operations[1].operation must be one of"),
        ({"operations": ["send_to_hub"]}, "operations[0].operation must be one of"),
        ({"operations": [{"operation": "invoke", "connectionId": "c", **MESSAGE}]}, "operations[0].operation must be"),
        ({"operations": [{"operation": "batch", "operations": []}]}, "operations[0].operation must be one of"),
        ({"operations": [{"operation": ["send_to_hub"]}]}, "operations[0].operation must be one of"),
    ],
)
def test_batch_that_is_none_is_400_and_nothing_of_it_is_done(
    body: Any, said: str, answering_service: AnsweringService, configure: Configure
) -> None:
    configure(answering_service.endpoint)
    status, code, message = error(call("POST", BATCH_URL, body))
    assert (status, code) == (400, "InvalidParameter")
    assert message.startswith(said)
    assert answering_service.requests == []


def test_example_of_the_documentation_is_carried_out(answering_service: AnsweringService, configure: Configure) -> None:
    configure(answering_service.endpoint)
    assert [result["status"] for result in run(*BATCH.example["operations"])] == [202, 202]


def test_unforeseen_failure_of_one_is_logged_and_told_without_detail(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    configure()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("inner detail")

    monkeypatch.setattr("broadcast.service_function.service_client", fail)
    (result,) = run({"operation": "send_to_hub", **MESSAGE})
    assert (result["status"], result["error"]["code"]) == (500, "InternalError")
    assert "inner detail" not in str(result)
    assert "inner detail" in caplog.text
