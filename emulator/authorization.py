"""Who may do what: checks the token of a REST call or of a client before anything else of the request is looked at."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from aiohttp import web

from emulator.bearer import bearer_token, client_audience, client_token, rest_audience
from emulator.entra.identities import LocalIdentity
from emulator.entra.roles import PROVIDER, grants, roles_granting
from emulator.entra.tenant import ALGORITHM, Tenant
from emulator.entra.tokens import EntraTokenValidator
from emulator.errors import ForbiddenError
from emulator.issued_keys import IssuedKeys
from emulator.options import Options
from emulator.tokens import Claims, TokenValidator, read_header


class Authorizer:
    """Answers with the token's claims, or raises UnauthorizedError or ForbiddenError naming the check that failed.

    `rest_keys` and `client_keys` validate signed tokens; `entra`, where there are identities, what these show.
    """

    def __init__(
        self, rest_keys: TokenValidator, client_keys: TokenValidator, entra: EntraTokenValidator | None = None
    ) -> None:
        self._rest_keys = rest_keys
        self._client_keys = client_keys
        self._entra = entra

    def rest(self, request: web.Request, action: str) -> Claims:
        """A REST call; `action` is the data action that an Entra ID identity needs a role for, as in Azure's list."""
        token = bearer_token(request)
        if self._entra is None:
            return self._rest_keys.validate(token, rest_audience(request))
        token, header = read_header(token)
        if header.algorithm != ALGORITHM:
            return self._rest_keys.validate(token, rest_audience(request))
        identity, claims = self._entra.validate(token)
        _require(identity, action)
        return claims

    def client(self, request: web.Request, hub: str) -> Claims:
        """A client's negotiate, connect, poll or post; a token of Entra ID opens none of them."""
        return self._client_keys.validate(client_token(request), client_audience(request, hub))


def make_authorizer(
    options: Options, issued_keys: IssuedKeys, tenant: Tenant | None, clock: Callable[[], float]
) -> Authorizer:
    """An authorizer as the options want it; `tenant` where there are identities."""
    skew, loose = options.clock_skew, options.loose
    validator = partial(
        TokenValidator, options.access_keys, skew=skew, clock=clock, loose=loose, endpoints=options.endpoints
    )
    return Authorizer(
        validator(),
        validator(issued_keys=issued_keys),
        None if tenant is None else EntraTokenValidator(tenant, skew=skew, clock=clock, loose=loose),
    )


def _require(identity: LocalIdentity, action: str) -> None:
    if grants(identity.roles, action):
        return
    raise ForbiddenError(
        f"The identity '{identity.name}' has no role with the data action {PROVIDER}{action}: "
        f"it has {_names(identity.roles)}; assign it one of {_names(roles_granting(action))}."
    )


def _names(roles: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{role}'" for role in roles) or "no role"
