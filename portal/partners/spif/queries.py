"""Reading SPIF answers; forbidden until answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from portal.core.db import session
from portal.partners.spif.models import Answer, SpifAnswer


def list_answers(partner_id: int) -> Sequence[SpifAnswer]:
    """Every answer of a partner in the order of its days; of two for one day the later recorded counts."""
    query = select(SpifAnswer).where(SpifAnswer.partner_id == partner_id)
    return session.scalars(query.order_by(SpifAnswer.valid_from, SpifAnswer.seq, SpifAnswer.id)).all()


def answer_on(partner_id: int, day: dt.date, *, as_of: dt.datetime | None = None) -> Answer:
    """The answer in force on a day, as known at `as_of` (now)."""
    query = select(SpifAnswer.answer).where(SpifAnswer.partner_id == partner_id, SpifAnswer.valid_from <= day)
    if as_of is not None:
        query = query.where(SpifAnswer.recorded_at <= as_of)
    newest = (SpifAnswer.valid_from.desc(), SpifAnswer.seq.desc(), SpifAnswer.id.desc())
    found = session.scalar(query.order_by(*newest).limit(1))
    return Answer(found) if found else Answer.FORBIDDEN
