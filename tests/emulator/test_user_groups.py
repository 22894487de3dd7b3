"""Remembered memberships of users: how long, and how many."""

from __future__ import annotations

from emulator.user_groups import KEPT_WITHOUT_TTL, LONGEST_SECONDS, UserGroups

NOW = 1000.0


def groups_of(user_groups: UserGroups, now: float = NOW, user_id: str = "ann") -> list[str]:
    return list(user_groups.groups_of(user_id, now))


def test_membership_without_ttl_lasts_a_year() -> None:
    user_groups = UserGroups()
    user_groups.add("ann", "news", None, NOW)
    assert user_groups.contains("ann", "news", NOW + LONGEST_SECONDS - 1)
    assert not user_groups.contains("ann", "news", NOW + LONGEST_SECONDS)


def test_membership_ends_when_its_ttl_is_over() -> None:
    user_groups = UserGroups()
    user_groups.add("ann", "news", 10, NOW)
    assert user_groups.contains("ann", "news", NOW + 9.9)
    assert groups_of(user_groups, NOW + 9.9) == ["news"]
    assert not user_groups.contains("ann", "news", NOW + 10)
    assert groups_of(user_groups, NOW + 10) == []


def test_expired_membership_is_forgotten_while_others_stay() -> None:
    user_groups = UserGroups()
    user_groups.add("ann", "short", 1, NOW)
    user_groups.add("ann", "long", 100, NOW)
    assert groups_of(user_groups, NOW + 50) == ["long"]
    assert groups_of(user_groups, NOW) == ["long"]


def test_ttl_of_zero_remembers_nothing_and_forgets_what_was() -> None:
    user_groups = UserGroups()
    user_groups.add("ann", "news", None, NOW)
    user_groups.add("ann", "news", 0, NOW)
    assert not user_groups.contains("ann", "news", NOW)
    user_groups.add("ann", "other", 0, NOW)
    assert groups_of(user_groups) == []


def test_ttl_above_a_year_is_a_year() -> None:
    user_groups = UserGroups()
    user_groups.add("ann", "news", 2**31 - 1, NOW)
    assert not user_groups.contains("ann", "news", NOW + LONGEST_SECONDS)


def test_adding_again_renews_the_ttl() -> None:
    user_groups = UserGroups()
    user_groups.add("ann", "news", 10, NOW)
    user_groups.add("ann", "news", 10, NOW + 5)
    assert user_groups.contains("ann", "news", NOW + 14)


def test_only_the_newest_hundred_groups_without_ttl_are_kept() -> None:
    user_groups = UserGroups()
    user_groups.add("ann", "with ttl", 60, NOW)
    for number in range(KEPT_WITHOUT_TTL):
        user_groups.add("ann", f"group {number}", None, NOW)
    user_groups.add("ann", "group 0", None, NOW)  # now the newest of all
    user_groups.add("ann", "one more", None, NOW)
    kept = groups_of(user_groups)
    assert len(kept) == KEPT_WITHOUT_TTL + 1
    assert {"with ttl", "group 0", "one more"} <= set(kept)
    assert "group 1" not in kept


def test_the_hundred_are_counted_per_user() -> None:
    user_groups = UserGroups()
    for number in range(KEPT_WITHOUT_TTL):
        user_groups.add("ann", f"group {number}", None, NOW)
    user_groups.add("bob", "news", None, NOW)
    assert len(groups_of(user_groups)) == KEPT_WITHOUT_TTL
    assert groups_of(user_groups, user_id="bob") == ["news"]


def test_removing_forgets_one_group_or_all() -> None:
    user_groups = UserGroups()
    for group in ("a", "b", "c"):
        user_groups.add("ann", group, None, NOW)
    user_groups.remove("ann", "b")
    user_groups.remove("ann", "never there")
    user_groups.remove("nobody", "a")
    assert groups_of(user_groups) == ["a", "c"]
    user_groups.remove_all("ann")
    user_groups.remove_all("nobody")
    assert groups_of(user_groups) == []


def test_nothing_stays_behind_of_a_user_without_groups() -> None:
    user_groups = UserGroups()
    user_groups.add("ann", "a", 1, NOW)
    user_groups.add("bob", "b", None, NOW)
    assert groups_of(user_groups, NOW + 2) == []
    user_groups.remove("bob", "b")
    assert user_groups._memberships == {}


def test_users_and_groups_are_case_sensitive() -> None:
    user_groups = UserGroups()
    user_groups.add("ann", "news", None, NOW)
    assert not user_groups.contains("Ann", "news", NOW)
    assert not user_groups.contains("ann", "News", NOW)


def test_expired_memberships_of_users_who_do_not_come_back_are_forgotten() -> None:
    user_groups = UserGroups()
    for number in range(100):
        user_groups.add(f"user{number}", "news", number + 1, NOW)
    user_groups.forget_expired(NOW + 60)
    assert len(user_groups._memberships) == 40
    assert user_groups
    user_groups.forget_expired(NOW + 100)
    assert not user_groups
