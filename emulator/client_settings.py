"""What a client's token asks of its connection: the system claims `asrs.s.*`, named and bounded as in the SDKs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ALL_TRANSPORTS = 0b111
DEFAULT_POLL_GAP = 5.0


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Times in seconds; `expires_at` (seconds since the epoch) only where the connection ends with its token.

    Without a `handshake_timeout` the service's own counts.
    """

    detailed_errors: bool = False
    handshake_timeout: float | None = None
    poll_gap: float = DEFAULT_POLL_GAP
    transports: int = ALL_TRANSPORTS
    expires_at: float | None = None
    is_diagnostic: bool = False

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> ClientSettings:
        """Read the claims; one that is missing or no number counts as absent, one out of range as the nearest."""
        expires = _number(claims, "asrs.s.aeo") or _number(claims, "exp")
        return cls(
            detailed_errors=_is_true(claims, "asrs.s.derror"),
            handshake_timeout=_within(1, _number(claims, "asrs.s.cht"), 30),
            poll_gap=_within(1, _number(claims, "asrs.s.ttl"), 300) or DEFAULT_POLL_GAP,
            transports=int(_number(claims, "asrs.s.htt") or 0) & ALL_TRANSPORTS or ALL_TRANSPORTS,
            expires_at=expires if _is_true(claims, "asrs.s.coae") else None,
            is_diagnostic=_is_true(claims, "asrs.s.dc"),
        )


def _is_true(claims: Mapping[str, Any], name: str) -> bool:
    return str(claims.get(name, "")).lower() == "true"


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    try:
        number = float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and abs(number) < 1e15 else None


def _within(least: float, value: float | None, most: float) -> float | None:
    return None if value is None else min(max(value, least), most)
