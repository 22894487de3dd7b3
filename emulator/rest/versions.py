"""API versions: which of them a request may name, and which operations each of them has."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.errors import InvalidRequestError
from emulator.rest.query import Query

PARAMETER = "api-version"
# Versions are dates, so the order of their texts is the order of their ages.
FIRST = "2022-06-01"
WITH_CLIENT_TOKENS = "2022-11-01"
WITH_COMMANDS = "2023-07-01"
WITH_CLIENT_RESULTS = "2024-12-01"
SUPPORTED = (FIRST, WITH_CLIENT_TOKENS, WITH_COMMANDS, WITH_CLIENT_RESULTS)


def read(query: Query, since: str = FIRST) -> str:
    """The version that a request names; raises InvalidRequestError where `since`, the operation's first, is newer."""
    version = query.one(PARAMETER)
    if not version:
        raise InvalidRequestError(PARAMETER, f"is required in the query: one of {_list(SUPPORTED)}.")
    if version not in SUPPORTED:
        raise InvalidRequestError(PARAMETER, f"'{version[:50]}' is not supported: use one of {_list(SUPPORTED)}.")
    if version < since:
        having = [known for known in SUPPORTED if known >= since]
        raise InvalidRequestError(
            PARAMETER, f"{version} does not have this operation, which came with {since}: use one of {_list(having)}."
        )
    return version


def _list(versions: Sequence[str]) -> str:
    return ", ".join(versions)
