"""HTTP functions: what the host takes from a worker's list of functions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions_host.errors import FunctionAppError
from functions_host.functions import AuthLevel, FunctionMetadata, HttpFunction, http_functions

OUTPUT = {"type": "http", "name": "$return", "direction": "OUT"}


def metadata(name: str, *others: dict[str, Any], **trigger: Any) -> FunctionMetadata:
    bindings = [{"type": "httpTrigger", "name": "req", **trigger}, OUTPUT, *others]
    return FunctionMetadata.from_raw_bindings(name, [json.dumps(binding) for binding in bindings])


@pytest.mark.parametrize(
    ("listed", "function"),
    [
        (metadata("f"), HttpFunction("f", "f", frozenset(), AuthLevel.FUNCTION, "req")),
        (metadata("f", route=""), HttpFunction("f", "f", frozenset(), AuthLevel.FUNCTION, "req")),
        (
            metadata("f", route="/{*rest}", methods=["get", "POST"], authLevel="ANONYMOUS"),
            HttpFunction("f", "{*rest}", frozenset({"GET", "POST"}), AuthLevel.ANONYMOUS, "req"),
        ),
        (metadata("f", authLevel="admin"), HttpFunction("f", "f", frozenset(), AuthLevel.ADMIN, "req")),
    ],
)
def test_trigger_becomes_a_function(listed: FunctionMetadata, function: HttpFunction) -> None:
    assert http_functions([listed]) == [function]


def test_functions_are_tried_by_name_without_regard_to_case() -> None:
    assert [f.name for f in http_functions([metadata("b"), metadata("C"), metadata("a")])] == ["a", "b", "C"]


def test_functions_without_an_http_trigger_are_left_out() -> None:
    timer = FunctionMetadata("t", [{"type": "timerTrigger", "name": "timer"}])
    assert http_functions([timer, metadata("f")])[0].name == "f"
    assert timer.trigger_type == "timerTrigger"
    assert FunctionMetadata("n", []).trigger_type == "no trigger"


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        (metadata("1st"), "'1st' is not a valid function name"),
        (metadata("a b"), "must begin with a letter"),
        (metadata("f" * 129), "at most 128"),
        (metadata("f", {"type": "queue", "name": "q"}), "'f' has a binding of type queue"),
    ],
)
def test_what_cannot_be_served_is_refused(listed: FunctionMetadata, reason: str) -> None:
    with pytest.raises(FunctionAppError, match=reason):
        http_functions([listed])
