"""Parameters: the values that a request carries in its path and its query, each checked and described in one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import quote

import azure.functions as func

from http_api.errors import RequestRefusedError
from shared import InvalidParameterError
from shared.parameters import checked_group, checked_hub, checked_id, checked_text
from shared.settings import current_settings

# The service declares ttl as an int32.
LONGEST_TTL_SECONDS = 2**31 - 1
# As long as a group's name may be; the service says nothing about the others, and its URLs are limited.
LONGEST_NAME = 1024
# Percent-encoded and all together: the token for a REST call names its URL, and may have 4,096 characters.
LONGEST_NAMES = 2560
MOST_EXCLUDED = 100
MOST_CONNECTIONS = 1000

_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)
_WHOLE_NUMBER = re.compile("[0-9]{1,10}")


@dataclass(frozen=True)
class Parameter:
    """One value: `name` in the route or the query, `keyword` for the handler, and a JSON schema that describes it.

    `check` takes the JSON value, as a batch has it, and returns what the handler gets; InvalidParameterError names
    the rule that is broken. `from_text` turns the text of a path or a query into that JSON value.
    """

    name: str
    keyword: str
    place: Literal["path", "query"]
    description: str
    schema: Mapping[str, Any]
    example: Any
    check: Callable[[Any], Any]
    from_text: Callable[[str], Any] = str
    default: Any = None

    def read(self, request: func.HttpRequest) -> Any:
        """The value in a request, or the default of an absent one.

        The host has decoded a path already, except for `%2F`: ASP.NET leaves that one alone so that it cannot turn
        into a separator. A name that holds the characters `%2F` itself cannot be told from one that holds a slash.
        """
        if self.place == "path":
            return self.check(_ENCODED_SLASH.sub("/", request.route_params[self.name]))
        text = request.params.get(self.name)
        return self.default if text is None else self.check(self.from_text(text))


def _hub(value: Any) -> str:
    hub = checked_hub(value)
    allowed = current_settings().hubs
    if allowed is not None and hub not in allowed:
        raise RequestRefusedError(404, "UnknownHub", "This app has no such hub: SIGNALR_HUBS does not list it.")
    return hub


def _name(parameter: str) -> Callable[[Any], str]:
    def checked(value: Any) -> str:
        if len(checked_id(parameter, value)) > LONGEST_NAME:
            raise InvalidParameterError(parameter, f"must be 1 to {LONGEST_NAME:,} characters")
        return str(value)

    return checked


def _excluded(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_EXCLUDED:
        raise InvalidParameterError("excluded", f"must be a list of at most {MOST_EXCLUDED} connection ids")
    return [_name("excluded")(connection_id) for connection_id in value]


def _split(text: str) -> list[str]:
    """The host joins a repeated query key with commas, which connection ids never hold."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _number(text: str) -> int | str:
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


def _ttl(value: Any) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_TTL_SECONDS:
        raise InvalidParameterError("ttl", f"must be a whole number of seconds from 0 to {LONGEST_TTL_SECONDS:,}")
    return timedelta(seconds=value)


def _top(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_CONNECTIONS:
        raise InvalidParameterError("top", f"must be a whole number from 1 to {MOST_CONNECTIONS:,}")
    return value


def _reason(value: Any) -> str:
    if len(checked_text("reason", value)) > LONGEST_NAME:
        raise InvalidParameterError("reason", f"must be at most {LONGEST_NAME:,} characters")
    return str(value)


# No name is "." or ".." (a URL path cannot carry them) or all spaces; a slash would be cut off unless it is encoded.
_ANY_NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "pattern": r"^(?!\.{1,2}$)[\s\S]+$"}
HUB = Parameter(
    "hub",
    "hub",
    "path",
    "The hub: a letter first, then letters, digits and _ ` , . [ ]; case is ignored.",
    {"type": "string", "minLength": 1, "maxLength": 128, "pattern": r"^[A-Za-z][A-Za-z0-9_`,.\[\]]{0,127}$"},
    "chat",
    _hub,
)
GROUP = Parameter(
    "group",
    "group",
    "path",
    "The group; not all spaces, without a line feed.",
    {"type": "string", "minLength": 1, "maxLength": 1024, "pattern": r"^(?!\s+$)(?!\.{1,2}$)[^\n]+$"},
    "red",
    checked_group,
)
USER = Parameter("user", "user_id", "path", "The user id.", _ANY_NAME, "ada", _name("user"))
CONNECTION_ID = Parameter(
    "connectionId",
    "connection_id",
    "path",
    "The connection id, as the client knows it.",
    _ANY_NAME,
    "uVuZhiD54MqKCmxiyi36CweHFWuwK02",
    _name("connectionId"),
)
EXCLUDED = Parameter(
    "excluded",
    "excluded",
    "query",
    "Connection ids that are left out; repeatable, or several joined with commas.",
    {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 1024}, "maxItems": MOST_EXCLUDED},
    ["uVuZhiD54MqKCmxiyi36CweHFWuwK02"],
    _excluded,
    _split,
    default=(),
)
REASON = Parameter(
    "reason",
    "reason",
    "query",
    "Why, in words for the client; shown only to clients whose token asks for detailed errors.",
    {"type": "string", "maxLength": LONGEST_NAME},
    "Bye",
    _reason,
)
TTL = Parameter(
    "ttl",
    "ttl",
    "query",
    "For how many seconds later connections of the user join as well; 0 for none, absent for a year.",
    {"type": "integer", "minimum": 0, "maximum": LONGEST_TTL_SECONDS},
    3600,
    _ttl,
    _number,
)
TOP = Parameter(
    "top",
    "top",
    "query",
    "At most how many connections are listed.",
    {"type": "integer", "minimum": 1, "maximum": MOST_CONNECTIONS, "default": MOST_CONNECTIONS},
    100,
    _top,
    _number,
    default=MOST_CONNECTIONS,
)
PATH = {parameter.name: parameter for parameter in (HUB, GROUP, USER, CONNECTION_ID)}


def check_names(names: Iterable[str]) -> None:
    """Refuse names that together make a longer URL than a call of the service can have."""
    size = sum(len(quote(name, safe="")) for name in names)
    if size > LONGEST_NAMES:
        rule = f"are too long: percent-encoded {size:,} characters together, and the limit is {LONGEST_NAMES:,}"
        raise InvalidParameterError("names in the path", rule)


def path_parameters(route: str) -> Iterable[Parameter]:
    return [PATH[name] for name in re.findall(r"\{(\w+)\}", route)]
