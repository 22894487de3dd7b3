"""How refusals are answered: one place turns every error into a status, a body and the headers that clients look at."""

from __future__ import annotations

import logging

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from emulator.errors import AbsentError, PayloadTooLargeError, PlainRefusalError, RequestRefusedError, UnauthorizedError

logger = logging.getLogger("emulator")

ERROR_CODE_HEADER = "x-ms-error-code"


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer RequestRefusedError as the service does, and anything unforeseen with a bare 500 and a log of it."""
    try:
        return await handler(request)
    except RequestRefusedError as error:
        return _refuse(request, error)
    except web.HTTPRequestEntityTooLarge as error:
        return _refuse(request, PayloadTooLargeError(f"payload: {error.text}"))
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
    if isinstance(error, AbsentError):
        return web.Response(status=error.status, headers=headers)
    if request.path.startswith("/api/v1/"):
        return web.Response(status=error.status, headers=headers, text=error.message)
    body = msgspec.json.encode({"code": error.code, "message": error.message})
    return web.Response(status=error.status, headers=headers, body=body, content_type="application/json")
