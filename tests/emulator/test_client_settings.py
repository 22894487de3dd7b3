"""The system claims of a client's token: what each sets, and what a bad value counts as."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from emulator.client_settings import ClientSettings

DEFAULTS = ClientSettings()


def test_without_claims_the_defaults_hold() -> None:
    assert ClientSettings.from_claims({}) == DEFAULTS
    assert dataclasses.astuple(DEFAULTS) == (False, None, 5, 7, None, False)


@pytest.mark.parametrize(
    ("claims", "setting", "value"),
    [
        ({"asrs.s.derror": "True"}, "detailed_errors", True),
        ({"asrs.s.derror": True}, "detailed_errors", True),
        ({"asrs.s.derror": "False"}, "detailed_errors", False),
        ({"asrs.s.derror": "1"}, "detailed_errors", False),
        ({"asrs.s.cht": "7"}, "handshake_timeout", 7),
        ({"asrs.s.cht": 30}, "handshake_timeout", 30),
        ({"asrs.s.cht": 0}, "handshake_timeout", 1),
        ({"asrs.s.cht": "31"}, "handshake_timeout", 30),
        ({"asrs.s.cht": "soon"}, "handshake_timeout", None),
        ({"asrs.s.ttl": "60"}, "poll_gap", 60),
        ({"asrs.s.ttl": -1}, "poll_gap", 1),
        ({"asrs.s.ttl": 1000}, "poll_gap", 300),
        ({"asrs.s.ttl": "nan"}, "poll_gap", 5),
        ({"asrs.s.ttl": "inf"}, "poll_gap", 5),
        ({"asrs.s.ttl": 10**400}, "poll_gap", 5),
        ({"asrs.s.ttl": "1" + "0" * 400}, "poll_gap", 5),
        ({"asrs.s.ttl": [60]}, "poll_gap", 5),
        ({"asrs.s.ttl": None}, "poll_gap", 5),
        ({"asrs.s.htt": "1"}, "transports", 1),
        ({"asrs.s.htt": 6}, "transports", 6),
        ({"asrs.s.htt": 15}, "transports", 7),
        ({"asrs.s.htt": 0}, "transports", 7),
        ({"asrs.s.htt": 8}, "transports", 7),
        ({"asrs.s.htt": "WebSockets"}, "transports", 7),
        ({"asrs.s.dc": "true"}, "is_diagnostic", True),
        ({"asrs.s.dc": "no"}, "is_diagnostic", False),
        ({"asrs.s.coae": "true", "asrs.s.aeo": 100, "exp": 200}, "expires_at", 100),
        ({"asrs.s.coae": "true", "asrs.s.aeo": "100"}, "expires_at", 100),
        ({"asrs.s.coae": "True", "exp": 200}, "expires_at", 200),
        ({"asrs.s.coae": "true", "asrs.s.aeo": "tomorrow", "exp": 200}, "expires_at", 200),
        ({"asrs.s.aeo": 100, "exp": 200}, "expires_at", None),
        ({"asrs.s.coae": "false", "asrs.s.aeo": 100, "exp": 200}, "expires_at", None),
    ],
)
def test_a_claim_sets_its_own_setting_alone(claims: dict[str, Any], setting: str, value: object) -> None:
    settings = ClientSettings.from_claims(claims)
    assert getattr(settings, setting) == value
    others = {name for name in ClientSettings.__slots__ if name != setting}
    assert {name: getattr(settings, name) for name in others} == {name: getattr(DEFAULTS, name) for name in others}
