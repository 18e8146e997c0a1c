"""The order of tiers, for lists and sentences. Plans may name any; this is what forms offer."""

from __future__ import annotations

TIERS = ("registered", "silver", "gold", "platinum")


def rank_of(tier: str) -> int:
    """Where a tier stands; an unknown or empty one is below all."""
    return TIERS.index(tier) if tier in TIERS else -1
