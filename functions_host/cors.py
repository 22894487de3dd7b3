"""CORS: which origins' pages may call the app, answered as Core Tools do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from werkzeug.datastructures import Headers

from functions_host.errors import SettingsError

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s]+", re.IGNORECASE)


@dataclass(frozen=True)
class CorsPolicy:
    """Allowed origins (`*` for all) and whether pages may send credentials; no origins: the host does no CORS."""

    origins: tuple[str, ...] = ()
    credentials: bool = False

    def __post_init__(self) -> None:
        """Raises SettingsError for what a browser would refuse on every call."""
        wrong = [origin for origin in self.origins if origin != "*" and not _ORIGIN.fullmatch(origin)]
        if wrong:
            raise SettingsError(
                f"CORS: '{wrong[0]}' is not an origin. Write scheme, host and port only, without a path or a trailing"
                " slash, as in http://localhost:8888 (option --cors, or Host.CORS in local.settings.json)."
            )
        if self.credentials and "*" in self.origins:
            raise SettingsError(
                "CORS: '*' cannot go with credentials; name the origins instead"
                " (--cors and --cors-credentials, or Host.CORS and Host.CORSCredentials in local.settings.json)."
            )

    def is_preflight(self, method: str, headers: Headers) -> bool:
        asks = "Origin" in headers and "Access-Control-Request-Method" in headers
        return bool(self.origins) and method == "OPTIONS" and asks

    def headers(self, headers: Headers) -> list[tuple[str, str]]:
        """What any response to a request with these headers carries; nothing for a foreign origin."""
        origin = headers.get("Origin", "")
        if "*" in self.origins:
            return [("Access-Control-Allow-Origin", "*")] if origin else []
        if not self.origins:
            return []
        if origin.lower() not in map(str.lower, self.origins):
            return [("Vary", "Origin")]
        allowed = [("Vary", "Origin"), ("Access-Control-Allow-Origin", origin)]
        return [*allowed, ("Access-Control-Allow-Credentials", "true")] if self.credentials else allowed

    def preflight_headers(self, headers: Headers) -> list[tuple[str, str]]:
        """What the answer to a preflight carries besides: the method and the headers that the page asked for."""
        allowed = self.headers(headers)
        if "Access-Control-Allow-Origin" not in dict(allowed):
            return allowed
        allowed.append(("Access-Control-Allow-Methods", headers["Access-Control-Request-Method"]))
        if requested := headers.get("Access-Control-Request-Headers"):
            allowed.append(("Access-Control-Allow-Headers", requested))
        return allowed
