"""Self-join: browser clients put their own user into the groups that SELF_JOIN_GROUPS opens, and take it out."""

from __future__ import annotations

import re

import azure.functions as func

from http_api.api import Api
from http_api.errors import RequestRefusedError
from http_api.origins import check_origin
from http_api.parameters import check_names
from http_api.responses import ACCEPTED
from negotiate.identity import identify_user
from shared.service import current_settings, service_client

api = Api("Own groups")

# The names decide: the host tries functions in the order of their names, and these two have to come before
# add_user_to_group and remove_user_from_group, whose route fits as well.
ROUTE = "hubs/{hub}/groups/{group}/users/me"


@api.function("PUT", ROUTE, answer=ACCEPTED, errors=(401, 403))
def add_me_to_group(request: func.HttpRequest, hub: str, group: str) -> None:
    """Put the caller's own user into a group that SELF_JOIN_GROUPS opens, identified as at negotiate."""
    service_client(hub).add_user_to_group(group, _user_allowed_in(group, request))


@api.function("DELETE", ROUTE, answer=ACCEPTED, errors=(401, 403))
def remove_me_from_group(request: func.HttpRequest, hub: str, group: str) -> None:
    """Take the caller's own user out of a group that SELF_JOIN_GROUPS opens, identified as at negotiate."""
    service_client(hub).remove_user_from_group(group, _user_allowed_in(group, request))


def _user_allowed_in(group: str, request: func.HttpRequest) -> str:
    settings = current_settings()
    check_origin(request, settings)
    user_id = identify_user(request, settings)
    if not any(_fits(pattern, group) for pattern in settings.self_join_groups):
        raise RequestRefusedError(403, "GroupNotAllowed", "SELF_JOIN_GROUPS does not open this group to its users.")
    check_names((group, user_id))
    return user_id


def _fits(pattern: str, group: str) -> bool:
    parts = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(parts), group, re.DOTALL) is not None
