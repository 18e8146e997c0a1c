"""Reading what a merger would touch: locked periods, people, lines, balances."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Select, and_, func, or_, select

from portal.core.db import session
from portal.ledger.models import EntryKind, LedgerEntry
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Employment, Person, PersonState
from portal.programs.definitions.models import Program
from portal.programs.runs.models import EarnedGroup, PeriodState, ProgramPeriod
from portal.sales.journal.models import SaleLine


def find_locked_period(partner_ids: Collection[int], since: dt.date) -> tuple[str, dt.date, dt.date] | None:
    """The last locked period reaching beyond a day in which these partners or their people have a figure."""
    worked = select(Employment.person_id).where(Employment.partner_id.in_(partner_ids))
    theirs = or_(
        and_(EarnedGroup.participant_kind == "partner", EarnedGroup.participant_id.in_(partner_ids)),
        and_(EarnedGroup.participant_kind == "person", EarnedGroup.participant_id.in_(worked)),
    )
    same = and_(
        EarnedGroup.program_id == ProgramPeriod.program_id, EarnedGroup.period_start == ProgramPeriod.period_start
    )
    query = (
        select(Program.name, ProgramPeriod.period_start, ProgramPeriod.period_end)
        .join(Program, Program.id == ProgramPeriod.program_id)
        .where(ProgramPeriod.state == PeriodState.LOCKED, ProgramPeriod.period_end > since)
        .where(select(EarnedGroup.id).where(same, theirs).exists())
        .order_by(ProgramPeriod.period_end.desc(), Program.name)
    )
    found = session.execute(query).first()
    return (found[0], found[1], found[2]) if found else None


def people_of(partner_ids: Collection[int]) -> set[int]:
    """Everybody who works or ever worked for these partners."""
    worked = select(Employment.person_id).where(Employment.partner_id.in_(partner_ids))
    return set(session.scalars(select(Person.id).where(or_(Person.partner_id.in_(partner_ids), Person.id.in_(worked)))))


def list_present_people(partner: Partner) -> Sequence[Person]:
    """Who would move: the people of the shop who have not left; who waits to join has not come yet."""
    gone = (PersonState.ENDED, PersonState.WAITING)
    query = select(Person).where(Person.partner_id == partner.id, Person.state.not_in(gone))
    return session.scalars(query.order_by(Person.name, Person.id)).all()


def count_lines(partner: Partner, since: dt.date, seller_ids: Collection[int] = ()) -> int:
    """How many lines of a partner (and of these sellers) were sold from a day on."""
    query: Select[int] = select(func.count(SaleLine.id)).where(SaleLine.partner_id == partner.id)
    query = query.where(SaleLine.origin_on >= since)
    if seller_ids:
        query = query.where(SaleLine.seller_id.in_(seller_ids))
    return session.scalar(query) or 0


def transfers_of(merger_id: int) -> Sequence[LedgerEntry]:
    """The entries that moved a balance with a merger."""
    query = select(LedgerEntry).where(LedgerEntry.kind == EntryKind.TRANSFER)
    query = query.where(LedgerEntry.idempotency_key.startswith(f"merger/{merger_id}/", autoescape=True))
    return session.scalars(query.order_by(LedgerEntry.id)).all()


def partners_by_id(partner_ids: Collection[int]) -> Mapping[int, Partner]:
    """Partners a page already shows something of."""
    return {row.id: row for row in session.scalars(select(Partner).where(Partner.id.in_(partner_ids)))}
