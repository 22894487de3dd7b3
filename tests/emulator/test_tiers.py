"""Tiers: what each allows, and how a wrong one is told."""

from __future__ import annotations

import pytest

from emulator.tiers import Tier, parse


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("free", Tier("free", 1, 20, 20_000, True)),
        ("free:1", Tier("free", 1, 20, 20_000, True)),
        ("standard", Tier("standard", 1, 1_000, 1_000_000, False)),
        ("standard:100", Tier("standard", 100, 100_000, 100_000_000, False)),
        ("Premium:3", Tier("premium", 3, 3_000, 3_000_000, False)),
        ("premium:1000", Tier("premium", 1000, 1_000_000, 1_000_000_000, False)),
    ],
)
def test_a_tier_is_read(text: str, tier: Tier) -> None:
    assert parse(text) == tier


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'' is no tier: use free, standard[:units] or premium[:units]"),
        ("gold:2", "'gold:2' is no tier: use free, standard[:units] or premium[:units]"),
        ("free:2", "'free:2': the free tier has 1 to 1 units"),
        ("standard:101", "'standard:101': the standard tier has 1 to 100 units"),
        ("standard:-1", "'standard:-1': the standard tier has 1 to 100 units"),
        ("standard:many", "'standard:many': the standard tier has 1 to 100 units"),
        ("premium:1.5", "'premium:1.5': the premium tier has 1 to 1000 units"),
        ("premium:²", "'premium:²': the premium tier has 1 to 1000 units"),
    ],
)
def test_what_is_no_tier_is_told_with_what_would_be(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="tier") as refused:
        parse(text)
    assert str(refused.value) == sentence
