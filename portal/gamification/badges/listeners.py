"""What badges hear: claims decided, earnings posted, sales confirmed. Safe to hear twice."""

from __future__ import annotations

from typing import Any

from portal.gamification.badges.queries import sellers_in_batch
from portal.gamification.badges.services import award_badges_for, award_everybody


def award_after_claim(fact: dict[str, Any]) -> None:
    """A claim was approved (in whole or in part)."""
    award_badges_for([fact["seller_id"]])


def award_after_earnings(fact: dict[str, Any]) -> None:
    """Somebody's earnings changed."""
    if fact["participant_kind"] == "person":
        award_badges_for([fact["participant_id"]])


def award_after_batch(fact: dict[str, Any]) -> None:
    """Sales were confirmed."""
    award_badges_for(sellers_in_batch(fact["batch_id"]))


def award_after_rule(fact: dict[str, Any]) -> None:
    """A badge is new or has another rule: everybody who has done it gets it."""
    award_everybody()
