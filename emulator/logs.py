"""Logging: one line an event on stderr, as text or JSON, with no token and no line break of a caller's making in it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp.http_exceptions import HttpProcessingError

_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
_ESCAPED = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}


def configure(level: str, log_format: str) -> None:
    """Log to stderr from this level on (`debug`, `info`, `warning` or `error`), as `text` or `json`."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else OneLineFormatter(_FORMAT))
    handler.addFilter(leave_out_request_text)
    logging.basicConfig(level=level.upper(), handlers=[handler])


class OneLineFormatter(logging.Formatter):
    """Escapes control characters in messages: names come from callers, who could forge lines with them."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        return super().formatMessage(record).translate(_ESCAPED)


class JsonFormatter(logging.Formatter):
    """A JSON object a line: `time` (UTC), `level`, `message`, and what a record names in `extra={"fields": …}`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": _utf8(record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = _utf8(self.formatException(record.exc_info))
        return msgspec.json.encode(line).decode()


def _utf8(text: str) -> str:
    """Bytes of a header that are no UTF-8 arrive as lone surrogates, which JSON has no place for."""
    return text.encode(errors="backslashreplace").decode()


def leave_out_request_text(record: logging.LogRecord) -> bool:
    """Drop the details of a request that aiohttp could not read: they quote the line at fault, and tokens with it."""
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
        record.exc_info = None
    return True
