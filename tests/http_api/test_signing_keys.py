"""Signing keys: fetched once, fetched again for an unknown key id, and never waited for by everybody."""

from __future__ import annotations

import socket

import jwt
import pytest

from http_api.signing_keys import KeysUnavailableError, SigningKeys, UnknownKeyError
from tests.http_api.identity_provider import IdentityProvider

CONFIGURATION = "/.well-known/openid-configuration"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_keys_are_found_by_discovery_and_kept(identity_provider: IdentityProvider) -> None:
    keys = SigningKeys(identity_provider.issuer)
    assert {keys.key("one").key_id for _ in range(3)} == {"one"}
    assert identity_provider.asked == [CONFIGURATION, "/keys"]


def test_address_of_the_keys_needs_no_discovery(identity_provider: IdentityProvider) -> None:
    SigningKeys("https://login.example.org", f"{identity_provider.issuer}/keys").key("one")
    assert identity_provider.asked == ["/keys"]


def test_key_that_is_new_is_found_after_the_cool_down(
    identity_provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("http_api.signing_keys.COOL_DOWN_SECONDS", 0)
    keys = SigningKeys(identity_provider.issuer)
    keys.key("one")
    identity_provider.publish("two")
    assert keys.key("two").key_id == "two"
    assert identity_provider.asked.count("/keys") == 2


def test_made_up_key_ids_do_not_make_the_app_ask_again_and_again(identity_provider: IdentityProvider) -> None:
    keys = SigningKeys(identity_provider.issuer)
    for number in range(20):
        with pytest.raises(UnknownKeyError):
            keys.key(f"made-up-{number}")
    assert identity_provider.asked.count("/keys") == 1
    assert keys.key("one").key_id == "one"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (CONFIGURATION, None),
        (CONFIGURATION, b"<html>"),
        (CONFIGURATION, []),
        (CONFIGURATION, {"issuer": "https://other.example.org", "jwks_uri": "https://other.example.org/keys"}),
        (CONFIGURATION, "no jwks_uri"),
        (CONFIGURATION, "foreign http"),
        ("/keys", None),
        ("/keys", b"<html>"),
        ("/keys", []),
        ("/keys", {"keys": []}),
        ("/keys", {"keys": [{"kty": "oct"}]}),
    ],
)
def test_identity_provider_that_fails_is_told_apart_and_not_asked_again_at_once(
    identity_provider: IdentityProvider, path: str, answer: object
) -> None:
    issuer = identity_provider.issuer
    special = {
        "no jwks_uri": {"issuer": issuer},
        "foreign http": {"issuer": issuer, "jwks_uri": "http://keys.example.org/"},
    }
    good = identity_provider.answers[path]
    identity_provider.answers[path] = special[answer] if isinstance(answer, str) else answer
    clock = Clock()
    keys = SigningKeys(issuer, clock=clock)
    for _ in range(3):
        with pytest.raises(KeysUnavailableError):
            keys.key("one")
    assert identity_provider.asked.count(path) == 1
    identity_provider.answers[path] = good
    clock.now += 6
    assert isinstance(keys.key("one"), jwt.PyJWK)


def test_identity_provider_that_is_away_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    for keys in (SigningKeys(address), SigningKeys(address, f"{address}/keys")):
        with pytest.raises(KeysUnavailableError):
            keys.key("one")
