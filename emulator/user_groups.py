"""Which groups a user was put in, kept whether or not the user is connected.

Source: description of AddUserToGroup in the service's REST API (2022-06-01).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

# Without a ttl a membership lasts a year, and a user keeps only the newest 100 of those.
LONGEST_SECONDS = 365 * 24 * 3600
KEPT_WITHOUT_TTL = 100


class _Membership(NamedTuple):
    expiry: float
    has_ttl: bool


class UserGroups:
    """Remembered memberships of users; times are seconds of the caller's clock."""

    def __init__(self) -> None:
        # Per user, the groups in the order of their last update.
        self._memberships: dict[str, dict[str, _Membership]] = {}

    def add(self, user_id: str, group: str, ttl: int | None, now: float) -> None:
        """Remember that the user is in the group; a ttl of 0 remembers nothing (and forgets what was)."""
        self.remove(user_id, group)
        if ttl == 0:
            return
        lifetime = LONGEST_SECONDS if ttl is None else min(ttl, LONGEST_SECONDS)
        groups = self._memberships.setdefault(user_id, {})
        groups[group] = _Membership(now + lifetime, ttl is not None)
        if ttl is None:
            self._keep_newest(user_id)

    def _keep_newest(self, user_id: str) -> None:
        without_ttl = [group for group, membership in self._memberships[user_id].items() if not membership.has_ttl]
        if len(without_ttl) > KEPT_WITHOUT_TTL:
            self.remove(user_id, without_ttl[0])

    def remove(self, user_id: str, group: str) -> None:
        groups = self._memberships.get(user_id, {})
        if groups.pop(group, None) and not groups:
            del self._memberships[user_id]

    def remove_all(self, user_id: str) -> None:
        self._memberships.pop(user_id, None)

    def groups_of(self, user_id: str, now: float) -> Iterator[str]:
        """The groups that the user is in now; expired memberships are forgotten on the way."""
        for group, membership in list(self._memberships.get(user_id, {}).items()):
            if membership.expiry > now:
                yield group
            else:
                self.remove(user_id, group)

    def __bool__(self) -> bool:
        return bool(self._memberships)

    def forget_expired(self, now: float) -> None:
        """Forget the memberships that are over, of users who do not come back as well."""
        for user_id in list(self._memberships):
            for _ in self.groups_of(user_id, now):
                pass

    def contains(self, user_id: str, group: str, now: float) -> bool:
        membership = self._memberships.get(user_id, {}).get(group)
        return membership is not None and membership.expiry > now
