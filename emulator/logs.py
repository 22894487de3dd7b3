"""Logging: one line an event on stderr, with no token and no line break of a caller's making in it."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import HttpProcessingError

_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
_ESCAPED = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}


def configure(level: str) -> None:
    """Log to stderr from this level on (`debug`, `info`, `warning` or `error`)."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLineFormatter(_FORMAT))
    handler.addFilter(leave_out_request_text)
    logging.basicConfig(level=level.upper(), handlers=[handler])


class OneLineFormatter(logging.Formatter):
    """Escapes control characters in messages: names come from callers, who could forge lines with them."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        return super().formatMessage(record).translate(_ESCAPED)


def leave_out_request_text(record: logging.LogRecord) -> bool:
    """Drop the details of a request that aiohttp could not read: they quote the line at fault, and tokens with it."""
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
        record.exc_info = None
    return True
