"""What a new day does to claims."""

from __future__ import annotations

from portal.claims.lapse import chase_answers
from portal.core.db import transaction


def chase_questions() -> tuple[int, int]:
    """Remind of unanswered questions and lapse those that waited too long; safe to run twice."""
    with transaction():
        return chase_answers()
