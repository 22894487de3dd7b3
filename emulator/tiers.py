"""Pricing tiers: how many connections and messages a day each allows, as published; off unless asked for."""

from __future__ import annotations

from dataclasses import dataclass

CONNECTIONS_PER_UNIT = 1_000
MESSAGES_PER_UNIT_AND_DAY = 1_000_000
# The most units that a tier is sold with.
_MOST_UNITS = {"free": 1, "standard": 100, "premium": 1000}


@dataclass(frozen=True)
class Tier:
    """A tier with its units. `is_hard` says that messages above the day's are refused, not billed."""

    name: str
    units: int
    connections: int
    messages_per_day: int
    is_hard: bool


def parse(text: str) -> Tier:
    """`free`, `standard[:units]` or `premium[:units]`; raises ValueError with a sentence."""
    name, _, units_text = text.lower().partition(":")
    most = _MOST_UNITS.get(name)
    if most is None:
        raise ValueError(f"{text!r} is no tier: use free, standard[:units] or premium[:units]")
    units = int(units_text) if units_text.isascii() and units_text.isdecimal() else 0 if units_text else 1
    if not 1 <= units <= most:
        raise ValueError(f"{text!r}: the {name} tier has 1 to {most} units")
    if name == "free":
        return Tier(name, units, connections=20, messages_per_day=20_000, is_hard=True)
    return Tier(
        name,
        units,
        connections=units * CONNECTIONS_PER_UNIT,
        messages_per_day=units * MESSAGES_PER_UNIT_AND_DAY,
        is_hard=False,
    )
