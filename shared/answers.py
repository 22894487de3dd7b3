"""Answers: what a response of the service means to the caller."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.errors import HttpResponseError, http_response_error
from shared.operation import Operation

if TYPE_CHECKING:
    from shared.pool import Response

DETAIL_LIMIT = 500

_ERROR_DESCRIPTION = re.compile(r'error_description="([^"]*)"')
# Whoever may read, but not write, needs the first; a key to sign with is given to others than the rest of the API.
_ROLES = {
    "GET": "SignalR REST API Reader, SignalR REST API Owner or SignalR Service Owner",
    "HEAD": "SignalR REST API Reader, SignalR REST API Owner or SignalR Service Owner",
    "access_key": "SignalR App Server or SignalR Service Owner",
}
_OWNERS = "SignalR REST API Owner or SignalR Service Owner"


def judged(
    operation: Operation, response: Response, *, by_identity: bool = False, may_be_done: bool = False
) -> bytes | None:
    """Return the body of success, or None where the answer says "absent"; raise a child of HttpResponseError else.

    `by_identity` says that Entra ID signed the request, so that a refusal is about roles; `may_be_done` that an
    attempt before got no clear answer.
    """
    if 200 <= response.status < 300:
        return response.body
    if _is_not_there(response, operation.absent_code):
        return None
    if may_be_done and _is_not_there(response, operation.gone_code):
        return b""
    raise _error(operation, response, by_identity=by_identity)


def missing_role(operation: Operation) -> str:
    roles = _ROLES.get(operation.name) or _ROLES.get(operation.method) or _OWNERS
    return (
        f"{operation.name} needs the role {roles}; grant it to the identity in the Azure portal: the SignalR resource, "
        "Access control (IAM), Add role assignment (which can take 30 minutes to come into force). "
        "The network rules of the service can refuse a caller too"
    )


def _error(operation: Operation, response: Response, *, by_identity: bool) -> HttpResponseError:
    detail = _detail(response)
    if response.status == 403 and by_identity:
        detail = "; ".join(filter(None, (detail.rstrip("."), missing_role(operation))))
    headers = response.headers
    request_id = headers.get("x-ms-request-id") or headers.get("x-ms-client-request-id")
    return http_response_error(response.status, detail, headers.get("x-ms-error-code"), request_id=request_id)


def _is_not_there(response: Response, expected: str | None) -> bool:
    """Version 1.0 declares no error code, so a 404 without one counts; one with another code is an error."""
    if expected is None or response.status != 404:
        return False
    return response.headers.get("x-ms-error-code", expected).lower() == expected.lower()


def _detail(response: Response) -> str:
    """What the answer says is wrong: the header of a 401, the JSON of newer versions, the text of version 1.0."""
    if described := _ERROR_DESCRIPTION.search(response.headers.get("WWW-Authenticate", "")):
        return described[1][:DETAIL_LIMIT]
    if 300 <= response.status < 400:
        return "a redirect, which is not followed; check the endpoint"
    content_type = response.headers.get("Content-Type", "")
    if "json" in content_type:
        return _json_detail(response.body)[:DETAIL_LIMIT]
    # An HTML page comes from a proxy or a firewall and helps nobody in a log.
    return response.body.decode("utf-8", "replace").strip()[:DETAIL_LIMIT] if "text/plain" in content_type else ""


def _json_detail(content: bytes) -> str:
    """ErrorDetail has `message`, problem details have `errors` by parameter, or `detail`, or only `title`."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    if isinstance(document, str):
        return document
    if not isinstance(document, Mapping):
        return ""
    if isinstance(errors := document.get("errors"), Mapping) and errors:
        return json.dumps(errors, ensure_ascii=False)
    return str(document.get("message") or document.get("detail") or document.get("title") or "")
