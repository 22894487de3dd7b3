"""Issued keys: what signs client tokens where no access key does, each known by its key id."""

from __future__ import annotations

import base64
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from emulator.errors import UnauthorizedError

TEMPORARY_KEY_SECONDS = 90 * 60
# An expired key is remembered for as long again, so that a refusal can say that it expired.
_REMEMBERED_SECONDS = 2 * TEMPORARY_KEY_SECONDS


@dataclass(frozen=True)
class IssuedKey:
    """A key whose text, as UTF-8, signs client tokens until `expires` (seconds since the epoch)."""

    key_id: str
    key: str = field(repr=False)
    expires: float


class IssuedKeys:
    """The service's own key, which signs the tokens that it makes, and temporary keys for apps without an access key.

    They open client connections alone, never REST calls: who may ask for a key need not be allowed to send.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.own = _new_key(math.inf)
        self._keys = {self.own.key_id: self.own}

    def issue(self) -> IssuedKey:
        """A new temporary key, good for 90 minutes."""
        now = self._clock()
        self._forget_what_expired_before(now - _REMEMBERED_SECONDS)
        key = _new_key(now + TEMPORARY_KEY_SECONDS)
        self._keys[key.key_id] = key
        return key

    def find(self, key_id: object) -> bytes | None:
        """The key of this id if there is one; UnauthorizedError where it expired."""
        key = self._keys.get(key_id) if isinstance(key_id, str) else None
        if key is None:
            return None
        if key.expires <= self._clock():
            expired = datetime.fromtimestamp(key.expires, UTC).isoformat(timespec="seconds")
            raise UnauthorizedError(
                f"The signature key was not found: the temporary key '{key.key_id}' expired at '{expired}'"
            )
        return key.key.encode()

    def _forget_what_expired_before(self, moment: float) -> None:
        self._keys = {key_id: key for key_id, key in self._keys.items() if key.expires > moment}


def _new_key(expires: float) -> IssuedKey:
    return IssuedKey(secrets.token_hex(16), base64.b64encode(secrets.token_bytes(32)).decode(), expires)
