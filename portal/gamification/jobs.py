"""What play does at night; safe to run twice."""

from __future__ import annotations

from portal.gamification.badges.services import award_everybody
from portal.gamification.levels.services import evaluate_tiers as evaluate


def evaluate_tiers() -> None:
    """Evaluate every partner's tier, inside the job's transaction."""
    evaluate()


def award_badges() -> None:
    """Give everybody what the listeners may have missed, inside the job's transaction."""
    award_everybody()
