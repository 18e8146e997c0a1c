"""Answering for the employer."""

from __future__ import annotations

import datetime as dt

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.core.events import emit
from portal.core.sequence import next_seq
from portal.partners.organizations.models import Partner
from portal.partners.spif.events import SpifAnswered
from portal.partners.spif.models import Answer, SpifAnswer
from portal.partners.spif.queries import answer_on
from portal.security.viewer import SYSTEM, Viewer


def answer_spifs(partner: Partner, answer: str, *, valid_from: dt.date, by: Viewer = SYSTEM) -> SpifAnswer:
    """Say from which day on a partner's people may receive SPIFs, or the company, or nobody."""
    if answer not in set(Answer):
        raise InvalidInput("Choose one of the three answers.", field="answer")
    if by is not SYSTEM and valid_from < clock.today():
        raise InvalidInput("An answer holds from today or later; sales before keep their own.", field="valid_from")
    before = answer_on(partner.id, valid_from)
    row = SpifAnswer(
        partner_id=partner.id, answer=answer, valid_from=valid_from, recorded_at=clock.now(), seq=next_seq(),
        by_person_id=by.person_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(
        "spif.answered", kind="partner", id=partner.id, label=f"{partner.code} {partner.name}", actor=by,
        partner_id=partner.id, before={"answer": before.value},
        after={"answer": answer, "valid_from": valid_from.isoformat()},
    )  # fmt: skip
    emit(SpifAnswered(partner_id=partner.id, answer=answer, valid_from=valid_from.isoformat()))
    return row
