"""Logging: what must not get into a log."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import BadHttpMessage

from emulator.logs import OneLineFormatter, leave_out_request_text


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
