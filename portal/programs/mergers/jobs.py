"""What a new day does to mergers that were agreed before it."""

from __future__ import annotations

import datetime as dt

from portal.core import clock
from portal.core.db import session, transaction
from portal.partners.mergers.queries import list_begun
from portal.partners.organizations.models import Partner, PartnerState
from portal.programs.mergers.queries import list_present_people
from portal.programs.mergers.services import begin
from portal.security.viewer import SYSTEM

LOOK_BACK = dt.timedelta(days=30)


def begin_mergers() -> int:
    """Carry out mergers and splits whose day has come; safe to run twice. Returns how many began."""
    today = clock.today()
    with transaction():
        waiting = [row for row in list_begun(today - LOOK_BACK, today) if _waits(row.from_partner_id, row.seller_id)]
        for merger in waiting:
            begin(merger, by=SYSTEM)
        return len(waiting)


def _waits(partner_id: int, seller_id: int | None) -> bool:
    """A merger has begun once its old shop is closed, a split once its first person has left it."""
    old = session.get_one(Partner, partner_id)
    if seller_id is None:
        return old.state == PartnerState.ACTIVE
    return any(person.id == seller_id for person in list_present_people(old))
