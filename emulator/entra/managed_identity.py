"""The managed-identity endpoint, in the shape that App Service gives it: a token for a secret that only the app has."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus

import msgspec
from aiohttp import hdrs, web

from emulator.entra.identities import SYSTEM_ASSIGNED, LocalIdentity
from emulator.entra.tenant import RESOURCE, Tenant

PATH = "/emulator/msi/token"
SECRET_HEADER = "X-IDENTITY-HEADER"  # noqa: S105 - the header's name
API_VERSION = "2019-08-01"

# What a request may name a user-assigned identity by; Azure takes the object id by two names.
_SELECTORS: Mapping[str, Callable[[LocalIdentity], str]] = {
    "client_id": lambda identity: identity.client_id,
    "object_id": lambda identity: identity.object_id,
    "principal_id": lambda identity: identity.object_id,
}


class _RefusedError(Exception):
    """Answered as App Service does, with an object of statusCode, message and correlationId."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def routes(tenant: Tenant, secret: str) -> list[web.RouteDef]:
    async def token(request: web.Request) -> web.Response:
        try:
            _check_secret(request, secret)
            _check_version(request.query.get("api-version"))
            return _answer(tenant, _resource(request.query.get("resource")), _identity(tenant, request.query))
        except _RefusedError as error:
            return _json(
                error.status,
                {"statusCode": error.status, "message": error.message, "correlationId": str(uuid.uuid4())},
            )

    return [web.get(PATH, token, allow_head=False)]


def _check_secret(request: web.Request, secret: str) -> None:
    """The secret proves that the app itself asks, and not somebody who makes it send a request of his choice."""
    came = request.headers.get(SECRET_HEADER)
    if came is None:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, f"The header {SECRET_HEADER} is missing.")
    if not hmac.compare_digest(came.encode(errors="surrogateescape"), secret.encode()):
        raise _RefusedError(
            HTTPStatus.UNAUTHORIZED,
            f"The header {SECRET_HEADER} is wrong: it must hold the emulator's IDENTITY_HEADER.",
        )


def _check_version(version: str | None) -> None:
    if version != API_VERSION:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, f"api-version: expected {API_VERSION}, got {version or 'none'}.")


def _resource(resource: str | None) -> str:
    if resource is None or resource.removesuffix("/") != RESOURCE:
        raise _RefusedError(
            HTTPStatus.BAD_REQUEST,
            f"resource: this emulator gives tokens for {RESOURCE} alone, got {resource or 'none'}.",
        )
    return resource


def _identity(tenant: Tenant, query: Mapping[str, str]) -> LocalIdentity:
    if "mi_res_id" in query:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "mi_res_id: local identities have no resource id; use client_id.")
    for parameter, id_of in _SELECTORS.items():
        if parameter in query:
            return _selected(tenant, parameter, query[parameter], id_of)
    for identity in tenant.identities:
        if identity.is_system_assigned:
            return identity
    raise _RefusedError(
        HTTPStatus.BAD_REQUEST,
        "No system-assigned managed identity found: name another by client_id, or start the emulator with "
        f"--identity '{SYSTEM_ASSIGNED}=ROLE'.",
    )


def _selected(tenant: Tenant, parameter: str, wanted: str, id_of: Callable[[LocalIdentity], str]) -> LocalIdentity:
    for identity in tenant.identities:
        if id_of(identity) == wanted.lower():
            return identity
    known = ", ".join(f"{id_of(identity)} ({identity.name})" for identity in tenant.identities)
    raise _RefusedError(HTTPStatus.BAD_REQUEST, f"{parameter}: no managed identity '{wanted}'; there are: {known}.")


def _answer(tenant: Tenant, resource: str, identity: LocalIdentity) -> web.Response:
    token = tenant.issue(identity, resource)
    return _json(
        HTTPStatus.OK,
        {
            "access_token": token.text,
            "expires_on": str(token.expires_on),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": identity.client_id,
        },
    )


def _json(status: HTTPStatus, body: Mapping[str, object]) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )
