"""Parameters: the values that a request carries in its path and its query."""

from __future__ import annotations

import re
from datetime import timedelta

import azure.functions as func

from shared import InvalidParameterError

ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)
WHOLE_SECONDS = re.compile("[0-9]{1,10}")
# The service declares ttl as an int32.
LONGEST_TTL_SECONDS = 2**31 - 1


def route_value(request: func.HttpRequest, name: str) -> str:
    """A value of the route, decoded.

    The host has decoded it already, except for `%2F`: ASP.NET leaves that one alone so that it cannot turn into a
    separator. A name that holds the three characters `%2F` itself cannot be told from one that holds a slash.
    """
    return ENCODED_SLASH.sub("/", request.route_params[name])


def excluded(request: func.HttpRequest) -> list[str]:
    """The connection ids of `excluded`; the host joins a repeated query key with commas, which ids never hold."""
    return [part.strip() for part in request.params.get("excluded", "").split(",") if part.strip()]


def reason(request: func.HttpRequest) -> str | None:
    """Why a connection is closed, in words for its client, or None."""
    text: str | None = request.params.get("reason")
    return text


def ttl(request: func.HttpRequest) -> timedelta | None:
    """How long a user stays in a group, or None for the service's own limit.

    Raises InvalidParameterError unless it is a whole number of seconds from 0 to 2,147,483,647.
    """
    text = request.params.get("ttl")
    if text is None:
        return None
    if not WHOLE_SECONDS.fullmatch(text) or int(text) > LONGEST_TTL_SECONDS:
        raise InvalidParameterError("ttl", f"must be a whole number of seconds from 0 to {LONGEST_TTL_SECONDS:,}")
    return timedelta(seconds=int(text))
