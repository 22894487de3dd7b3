"""Who may do what: checks the token of a REST call or of a client before anything else of the request is looked at."""

from __future__ import annotations

from aiohttp import web

from emulator.bearer import bearer_token, client_audience, client_token, rest_audience
from emulator.tokens import Claims, TokenValidator


class Authorizer:
    """Answers with the token's claims, or raises UnauthorizedError or ForbiddenError naming the check that failed."""

    def __init__(self, access_keys: TokenValidator) -> None:
        self._access_keys = access_keys

    def rest(self, request: web.Request, action: str) -> Claims:  # noqa: ARG002 - an access key may do everything
        """A REST call; `action` is the data action that an Entra ID identity needs a role for, as in Azure's list."""
        return self._access_keys.validate(bearer_token(request), rest_audience(request))

    def client(self, request: web.Request, hub: str) -> Claims:
        """A client's negotiate, connect, poll or post."""
        return self._access_keys.validate(client_token(request), client_audience(request, hub))
