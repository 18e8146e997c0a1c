"""Writing mergers and splits down, and what follows at once: people move, the old shop closes, or all of it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, InvalidInput
from portal.core.events import emit
from portal.core.sequence import next_seq
from portal.partners.joining.models import JoinRequest, JoinState
from portal.partners.mergers.events import MergerUndone, PartnersMerged
from portal.partners.mergers.models import PartnerMerger
from portal.partners.mergers.queries import find_whole_merger, parts_of, undoings_of
from portal.partners.mergers.rules import check_day
from portal.partners.organizations.models import Partner, PartnerState
from portal.partners.organizations.services import close_partner, reopen_partner
from portal.partners.people.models import Employment, Person, PersonState
from portal.partners.people.queries import find_open_employment
from portal.security.viewer import Viewer


def record_merger(
    old: Partner, new: Partner, *, valid_from: dt.date, reason: str, by: Viewer, sellers: Sequence[Person] = ()
) -> PartnerMerger:
    """Write down that the old partner's lines (of these sellers, in a split) count for the new one from a day on."""
    _check(old, new, valid_from, reason)
    rows: list[PartnerMerger] = []
    seq, moment = next_seq(), clock.now()
    movers: list[int | None] = [person.id for person in sellers]
    for seller_id in movers or [None]:
        row = PartnerMerger(
            from_partner_id=old.id, into_partner_id=new.id, seller_id=seller_id, valid_from=valid_from,
            part_of_id=rows[0].id if rows else None, recorded_at=moment, seq=seq, reason=reason.strip(),
            by_person_id=by.person_id,
        )  # fmt: skip
        session.add(row)
        session.flush()
        rows.append(row)
    audit.record(
        "partner.split" if sellers else "partner.merged", kind="partner", id=old.id, label=f"{old.code} {old.name}",
        actor=by, partner_id=old.id, reason=reason,
        after={"into": new.code, "valid_from": valid_from.isoformat(), "people": [one.email for one in sellers]},
    )  # fmt: skip
    return rows[0]


def _check(old: Partner, new: Partner, valid_from: dt.date, reason: str) -> None:
    if old.id == new.id:
        raise InvalidInput("Choose two different partners.", field="into")
    for partner in (old, new):
        if (earlier := find_whole_merger(partner.id)) is not None:
            into = session.get_one(Partner, earlier.into_partner_id)
            raise Conflict(f"{partner.name} is part of {into.name} already. Undo that first, or name {into.name}.")
        if partner.state == PartnerState.CLOSED:
            raise Conflict(f"{partner.name} is closed.", field="into")
    check_day(valid_from, clock.today())
    if not reason.strip():
        raise InvalidInput("Say why; it is kept with the change.", field="reason")


def carry_out(merger: PartnerMerger, *, by: Viewer) -> int:
    """Move the people and close the old shop, once its day has come; safe to run twice. How many people moved."""
    if merger.valid_from > clock.today():
        return 0
    old, new = session.get_one(Partner, merger.from_partner_id), session.get_one(Partner, merger.into_partner_id)
    people = _people_to_move(merger)
    if merger.seller_id is None:
        _take_joiners_along(merger)
    for person in people:
        _move(person, new, merger.valid_from)
    if people:
        audit.record(
            "employment.moved", kind="partner", id=new.id, label=f"{new.code} {new.name}", actor=by, partner_id=new.id,
            after={"from": old.code, "valid_from": merger.valid_from.isoformat(), "people": [p.email for p in people]},
            reason=merger.reason,
        )  # fmt: skip
    if merger.seller_id is None and old.state == PartnerState.ACTIVE:
        close_partner(old, by=by, reason=f"It is part of {new.name} now: {merger.reason}")
    if people:
        emit(
            PartnersMerged(
                merger_id=merger.id, from_name=old.name, into_name=new.name, split=merger.seller_id is not None,
                valid_from=merger.valid_from.isoformat(), recipients=[person.email for person in people],
            )
        )  # fmt: skip
    return len(people)


def _people_to_move(merger: PartnerMerger) -> Sequence[Person]:
    gone = (PersonState.ENDED, PersonState.WAITING)
    query = select(Person).where(Person.partner_id == merger.from_partner_id, Person.state.not_in(gone))
    if merger.seller_id is not None:
        query = query.where(Person.id.in_([row.seller_id for row in parts_of(merger)]))
    return session.scalars(query.order_by(Person.id)).all()


def _take_joiners_along(merger: PartnerMerger) -> None:
    """Who waits to join the old shop waits for the joint one; nobody works there yet."""
    old, new = merger.from_partner_id, merger.into_partner_id
    waiting = (Person.partner_id == old, Person.state == PersonState.WAITING)
    session.execute(update(Person).where(*waiting).values(partner_id=new))
    wishes = (JoinRequest.partner_id == old, JoinRequest.state == JoinState.WAITING)
    session.execute(update(JoinRequest).where(*wishes).values(partner_id=new))


def _move(person: Person, new: Partner, day: dt.date) -> None:
    """End the employment on the day and begin the next one; somebody who came later moves with the first day."""
    job = find_open_employment(person.id)
    if job is not None:
        day = max(day, job.started_on)
        job.ended_on = day
    person.partner_id = new.id
    session.flush()
    session.add(Employment(person_id=person.id, partner_id=new.id, started_on=day, recorded_at=clock.now()))
    session.flush()


def record_undo(merger: PartnerMerger, *, reason: str, by: Viewer) -> None:
    """Take a merger or split back: every line counts for its own partner, people and shop are as they were."""
    parts = parts_of(merger)
    if merger.id in undoings_of([merger.id]):
        raise Conflict("This has been undone already.")
    if not reason.strip():
        raise InvalidInput("Say why; it is kept with the change.", field="reason")
    seq, moment = next_seq(), clock.now()
    session.add_all(
        PartnerMerger(
            from_partner_id=row.from_partner_id, into_partner_id=row.into_partner_id, seller_id=row.seller_id,
            valid_from=row.valid_from, undoes_id=row.id, recorded_at=moment, seq=seq, reason=reason.strip(),
            by_person_id=by.person_id,
        )
        for row in parts
    )  # fmt: skip
    session.flush()
    old, new = session.get_one(Partner, merger.from_partner_id), session.get_one(Partner, merger.into_partner_id)
    people = _move_back(merger)
    if merger.seller_id is None and old.state == PartnerState.CLOSED:
        reopen_partner(old, by=by, reason=reason)
    audit.record(
        "merger.undone", kind="partner", id=old.id, label=f"{old.code} {old.name}", actor=by, partner_id=old.id,
        reason=reason, before={"into": new.code, "valid_from": merger.valid_from.isoformat()},
        after={"people": [person.email for person in people]},
    )  # fmt: skip
    emit(
        MergerUndone(
            merger_id=merger.id, from_name=old.name, into_name=new.name, recipients=[person.email for person in people]
        )
    )


def _move_back(merger: PartnerMerger) -> list[Person]:
    """The people whose employment at the old shop ended on the day the one at the new shop began."""
    now, then = aliased(Employment), aliased(Employment)
    query = select(now, then).join(then, (then.person_id == now.person_id) & (then.ended_on == now.started_on))
    query = query.where(now.partner_id == merger.into_partner_id, now.ended_on.is_(None))
    query = query.where(then.partner_id == merger.from_partner_id, now.started_on >= merger.valid_from)
    people = []
    for job, before in session.execute(query.order_by(now.id)).all():
        person = session.get_one(Person, job.person_id)
        session.delete(job)
        session.flush()
        before.ended_on, person.partner_id = None, merger.from_partner_id
        session.flush()
        people.append(person)
    return people
