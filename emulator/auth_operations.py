"""The REST operations that give out client tokens, or keys to sign them with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jwt
import msgspec
from aiohttp import hdrs, web

from emulator import names
from emulator.authorization import Authorizer
from emulator.bearer import client_audience
from emulator.errors import InvalidRequestError
from emulator.issued_keys import IssuedKeys
from emulator.rest import versions
from emulator.rest.query import Query
from emulator.tokens import LONGEST_TOKEN

DEFAULT_MINUTES = 60
# Azure's SDK writes the name in lower case, its documentation does not.
_ACCESS_KEY = "{operation:(?i:accessKey)}"


class AuthOperations:
    """Serves `auth/accessKey` of both generations and `:generateToken`. `clock` gives seconds since the epoch."""

    def __init__(
        self, authorizer: Authorizer, issued_keys: IssuedKeys, clock: Callable[[], float], *, loose: bool = False
    ) -> None:
        self._authorizer = authorizer
        self._issued_keys = issued_keys
        self._clock = clock
        self._loose = loose

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"/api/v1/auth/{_ACCESS_KEY}", self.access_key, allow_head=False),
            web.get(f"/api/auth/{_ACCESS_KEY}", self.access_key_by_version, allow_head=False),
            web.post("/api/hubs/{hub:[^/]+}/:generateToken", self.generate_token),
        ]

    async def access_key(self, request: web.Request) -> web.Response:
        """A new temporary key: signs client tokens for 90 minutes, which name it as their `kid`."""
        self._authorizer.rest(request, "auth/accessKey/action")
        return self._issue()

    async def access_key_by_version(self, request: web.Request) -> web.Response:
        self._authorizer.rest(request, "auth/accessKey/action")
        self._check_version(Query(request.query.items()), versions.WITH_COMMANDS)
        return self._issue()

    def _issue(self) -> web.Response:
        key = self._issued_keys.issue()
        return _json({"AccessKey": key.key, "KeyId": key.key_id})

    async def generate_token(self, request: web.Request) -> web.Response:
        """A client token for a hub, signed by the service itself."""
        self._authorizer.rest(request, "auth/clientToken/action")
        query = Query(request.query.items())
        self._check_version(query, versions.WITH_CLIENT_TOKENS)
        hub = names.hub(request.match_info["hub"]).lower()
        minutes = query.integer("minutesToExpire", least=1) or DEFAULT_MINUTES
        token = self._client_token(str(client_audience(request, hub)), query.one("userId"), minutes)
        if len(token) > LONGEST_TOKEN:
            raise InvalidRequestError("userId", f"makes a token of {len(token)} characters, at most {LONGEST_TOKEN}.")
        return _json({"token": token})

    def _client_token(self, audience: str, user_id: str | None, minutes: int) -> str:
        now = int(self._clock())
        user = {"nameid": user_id} if user_id else {}
        claims = {**user, "nbf": now, "iat": now, "exp": now + minutes * 60, "aud": audience}
        key = self._issued_keys.own
        return jwt.encode(claims, key.key, algorithm="HS256", headers={"kid": key.key_id})

    def _check_version(self, query: Query, since: str) -> None:
        if not self._loose:
            versions.read(query, since)


def _json(body: Mapping[str, str]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body), content_type="application/json", headers={hdrs.CACHE_CONTROL: "no-store"}
    )
