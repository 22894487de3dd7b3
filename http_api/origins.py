"""Origins: which pages' scripts may use the functions that are open to browsers."""

from __future__ import annotations

from urllib.parse import urlsplit

import azure.functions as func

from http_api.errors import RequestRefusedError
from shared.settings import Settings


def check_origin(request: func.HttpRequest, settings: Settings) -> None:
    """Refuse (403) a request that a page of another origin made; no Origin means that no such page did.

    CORS alone keeps a page from reading an answer, not from sending a request with the user's cookies.
    """
    if settings.allowed_origins is None:
        return
    origin = request.headers.get("origin")
    if origin is None or origin.lower() in settings.allowed_origins or _is_own(origin, request):
        return
    raise RequestRefusedError(403, "OriginNotAllowed", "The page's origin is not one of those in ALLOWED_ORIGINS.")


def _is_own(origin: str, request: func.HttpRequest) -> bool:
    try:
        own: bool = urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
    except ValueError:
        return False
    return own
