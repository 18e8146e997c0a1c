"""What a new day does to reporting."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.db import session, transaction
from portal.sales.reporting.counting import refresh_recent
from portal.sales.reporting.models import ReportDuty
from portal.sales.reporting.services import remind_of_late_files


def chase_reports() -> int:
    """Count every duty's periods anew and ask for the files that have become late; safe to run twice."""
    with transaction():
        for duty in session.scalars(select(ReportDuty)).all():
            refresh_recent(duty)
        return remind_of_late_files()
