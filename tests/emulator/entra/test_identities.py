"""Local identities: how one is written, and what is wrong with a text that is none."""

from __future__ import annotations

import re

import pytest

from emulator.entra.identities import DEFAULT_IDENTITY, LocalIdentity, parse_identity, require_distinct

CLIENT_ID = "5b1a5d2c-9a7e-4a53-8b57-3f5a8d1f0c11"


def test_the_default_is_system_assigned_and_may_do_everything() -> None:
    identity = parse_identity(DEFAULT_IDENTITY)
    assert (identity.is_system_assigned, identity.roles) == (True, ("SignalR Service Owner",))


def test_roles_are_a_list_in_any_case_each_once() -> None:
    identity = parse_identity("app=signalr rest api reader, SignalR App Server,SignalR App Server")
    assert identity.roles == ("SignalR REST API Reader", "SignalR App Server")
    assert not identity.is_system_assigned


def test_an_identity_may_have_no_role() -> None:
    assert parse_identity("nobody=").roles == ()
    assert str(parse_identity("nobody=")).endswith(": no role")


@pytest.mark.parametrize("text", [CLIENT_ID, CLIENT_ID.upper()])
def test_a_client_id_may_be_chosen(text: str) -> None:
    assert parse_identity(f"app:{text}=SignalR App Server").client_id == CLIENT_ID


def test_derived_ids_stay_the_same_and_differ_by_name() -> None:
    first, again, other = (parse_identity(f"{name}=") for name in ("app", "app", "other"))
    assert (first.client_id, first.object_id) == (again.client_id, again.object_id)
    assert len({first.client_id, first.object_id, other.client_id, other.object_id}) == 4


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("app", "'app' is not an identity: write NAME=ROLE"),
        ("=SignalR App Server", "is not an identity"),
        ("my app=SignalR App Server", "is not an identity"),
        ("app=Owner", "'Owner' is not a role"),
        ("app:=SignalR App Server", "the client id '' is not a UUID"),
        ("app:7=SignalR App Server", "the client id '7' is not a UUID"),
    ],
)
def test_what_is_no_identity_is_refused_with_the_part_at_fault(text: str, rule: str) -> None:
    with pytest.raises(ValueError, match=re.escape(rule)):
        parse_identity(text)


@pytest.mark.parametrize(
    ("second", "rule"),
    [
        (LocalIdentity("app", "other id", ()), "two identities have the name 'app'"),
        (LocalIdentity("other", "id", ()), "two identities have the client id 'id'"),
    ],
)
def test_two_identities_of_one_name_or_client_id_are_refused(second: LocalIdentity, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        require_distinct([LocalIdentity("app", "id", ()), second])


def test_identities_that_differ_are_fine() -> None:
    require_distinct([parse_identity("app="), parse_identity("other="), parse_identity("system=")])
