"""Logging: what must not get into a log."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

import pytest
from aiohttp.http_exceptions import BadHttpMessage

from emulator.logs import JsonFormatter, OneLineFormatter, leave_out_request_text
from tests.emulator.offline import OfflineService


def record_of(error: Exception | None, message: str = "refused: %s", *arguments: object) -> logging.LogRecord:
    exc_info = None if error is None else (type(error), error, None)
    return logging.LogRecord("x", logging.INFO, __file__, 1, message, arguments, exc_info)


def test_a_caller_cannot_forge_a_line() -> None:
    text = OneLineFormatter("%(message)s").format(record_of(None, "refused: %s", "a\nINFO forged\r\x1b[31m\x85"))
    assert text == "refused: a\\x0aINFO forged\\x0d\\x1b[31m\\x85"


def test_a_traceback_keeps_its_lines() -> None:
    text = OneLineFormatter("%(message)s").format(record_of(ValueError("why"), "failed"))
    assert text.splitlines()[0] == "failed"
    assert text.splitlines()[-1] == "ValueError: why"


def test_the_line_of_a_bad_request_is_left_out() -> None:
    record = record_of(BadHttpMessage("Bearer secret"), "bad request")
    assert leave_out_request_text(record)
    assert OneLineFormatter("%(message)s").format(record) == "bad request"


def test_other_errors_are_logged_whole() -> None:
    record = record_of(ValueError("why"), "failed")
    assert leave_out_request_text(record)
    assert record.exc_info is not None


def as_json(record: logging.LogRecord) -> Any:
    line = JsonFormatter().format(record)
    assert "\n" not in line
    return json.loads(line)


def test_a_json_line_has_time_level_and_message() -> None:
    line = as_json(record_of(None, "refused: %s", 'a\n"b"'))
    assert {"level": line["level"], "message": line["message"]} == {"level": "info", "message": 'refused: a\n"b"'}
    assert list(line) == ["time", "level", "message"]
    assert datetime.fromisoformat(line["time"]).tzinfo is not None


def test_a_json_line_has_its_traceback_as_a_field() -> None:
    line = as_json(record_of(ValueError("why"), "failed"))
    assert line["exception"].splitlines()[-1] == "ValueError: why"


def test_a_json_line_takes_text_that_is_no_utf_8() -> None:
    assert as_json(record_of(None, "refused: %s", "\udcff"))["message"] == "refused: \\udcff"


def test_what_happens_to_a_connection_is_logged_with_its_names(caplog: pytest.LogCaptureFixture) -> None:
    service = OfflineService()
    with caplog.at_level(logging.INFO):
        client = service.opened(hub="Chat")
        service.receive(client, b'{"type":1,"target":"send","arguments":["private"]}\x1e')
    lines = [as_json(record) for record in caplog.records]
    names = {"hub": "chat", "connectionId": client.connection_id}
    assert [{**line, "time": "", "message": ""} for line in lines] == [
        {"time": "", "level": "info", "message": "", "event": "opened", **names},
        {"time": "", "level": "warning", "message": "", "event": "invoked", **names, "target": "send"},
        {"time": "", "level": "info", "message": "", "event": "closed", **names, "error": lines[2]["error"]},
    ]
    assert lines[1]["message"] == f"hub chat: connection {client.connection_id} invoked, target 'send'"
    assert "private" not in str(lines)
