"""How refusals are answered: one place turns every error into a status, a body and the headers that clients look at."""

from __future__ import annotations

import logging

import msgspec
from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from emulator.errors import (
    AbsentError,
    ForbiddenError,
    InvalidRequestError,
    PayloadTooLargeError,
    PlainRefusalError,
    RequestRefusedError,
    UnauthorizedError,
)

logger = logging.getLogger("emulator")

ERROR_CODE_HEADER = "x-ms-error-code"


class ErrorDetail(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of a refused REST call; properties that have nothing to say are left out, as its schema allows."""

    code: str
    message: str
    target: str | None = None


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer RequestRefusedError as the service does, and anything unforeseen with a bare 500 and a log of it."""
    try:
        return await handler(request)
    except RequestRefusedError as error:
        return _refuse(request, error)
    except web.HTTPRequestEntityTooLarge as error:
        return _refuse(request, PayloadTooLargeError(f"payload: {error.text}"))
    except (web.RequestPayloadError, HttpProcessingError) as error:
        return _refuse(request, InvalidRequestError("payload", f"the body cannot be read: {type(error).__name__}."))
    except web.HTTPException:
        raise
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        return web.Response(status=500)


def _refuse(request: web.Request, error: RequestRefusedError) -> web.Response:
    logger.warning("%s %s: %d %s", request.method, request.path, error.status, error.message)
    if isinstance(error, UnauthorizedError):
        return web.Response(status=error.status, headers={hdrs.WWW_AUTHENTICATE: error.challenge})
    if isinstance(error, PlainRefusalError):
        return web.Response(status=error.status, text=error.message)
    headers = {ERROR_CODE_HEADER: error.code}
    if isinstance(error, ForbiddenError):  # said in a header too, for the answer to a HEAD has no body
        headers[hdrs.WWW_AUTHENTICATE] = error.challenge
    if _has_detail(request):
        return web.Response(status=error.status, headers=headers, body=_detail(error), content_type="application/json")
    text = None if isinstance(error, AbsentError) else error.message
    return web.Response(status=error.status, headers=headers, text=text)


def _has_detail(request: web.Request) -> bool:
    """REST from version 2022-06-01 on; version 1.0 and everything else tell their errors as text."""
    return request.path.startswith("/api/") and not request.path.startswith("/api/v1/")


def _detail(error: RequestRefusedError) -> bytes:
    """An ErrorDetail, of which the service's clients look at the code and show the rest."""
    return msgspec.json.encode(ErrorDetail(error.code, error.message, error.target))
