"""What a statement reads beside the ledger's own columns, and the list of statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, or_, select

from portal.core.db import session
from portal.ledger.models import PARTICIPANT_KINDS, LedgerAccount, LedgerEntry, LedgerOwner, LedgerPosting
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import visible_partners
from portal.partners.people.models import Person
from portal.programs.definitions.models import DraftState, Program, ProgramDraft
from portal.programs.runs.models import EarnedGroup, PeriodState, ProgramPeriod
from portal.programs.statements.participants import Participant, visible_owners
from portal.programs.statements.quarters import Quarter, quarter_of
from portal.sales.journal.models import BatchState, JournalBatch, SaleLine
from portal.sales.products.models import Product
from portal.security.viewer import Viewer

EARNING_KINDS = ("accrue", "true_up", "clawback")


def periods_of(keys: set[tuple[str, dt.date]]) -> dict[tuple[str, dt.date], ProgramPeriod]:
    """The periods of (program code, period start) pairs, those that are stored."""
    codes, starts = {code for code, _ in keys}, {start for _, start in keys}
    query = (
        select(Program.code, ProgramPeriod)
        .join(Program, Program.id == ProgramPeriod.program_id)
        .where(Program.code.in_(codes), ProgramPeriod.period_start.in_(starts))
    )
    found = {(code, period.period_start): period for code, period in session.execute(query)}
    return {key: period for key, period in found.items() if key in keys}


def program_names(codes: set[str]) -> dict[str, str]:
    """Names of programs by code."""
    return {
        code: name for code, name in session.execute(select(Program.code, Program.name).where(Program.code.in_(codes)))
    }


@dataclass(frozen=True)
class PriorEntry:
    """A posting that belongs to an earlier, locked period; `since` is when its earning was posted before, and `before`
    what had been posted of it by then."""

    id: int
    earning_key: str
    program_code: str
    period_start: dt.date
    accounting_date: dt.date
    recorded_at: dt.datetime
    since: dt.datetime | None
    reason: str
    amount: int
    unit: str
    before: int

    @property
    def component(self) -> str:
        """The component the earning is of."""
        return self.earning_key.split("/")[1]


def _prior() -> Select[LedgerEntry, int, str]:
    return (
        select(LedgerEntry, func.sum(LedgerPosting.amount), LedgerAccount.unit)
        .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(LedgerEntry.prior_period.is_(True), LedgerAccount.kind.in_(PARTICIPANT_KINDS))
        .group_by(LedgerEntry.id, LedgerAccount.unit)
        .order_by(LedgerEntry.id)
    )


def prior_entries(owner_id: int, entry_ids: list[int]) -> dict[int, PriorEntry]:
    """Prior-period entries by id, with the time of the posting before each."""
    query = _prior().where(LedgerAccount.owner_id == owner_id, LedgerEntry.id.in_(entry_ids))
    return {entry.id: _shaped(entry, amount, unit) for entry, amount, unit in session.execute(query)}


def later_entries(owner_id: int, since: dt.date, until: dt.date, as_of: dt.datetime | None) -> list[PriorEntry]:
    """What was posted later for locked periods that began in [since, until)."""
    query = _prior().where(
        LedgerAccount.owner_id == owner_id,
        LedgerEntry.period_start >= since,
        LedgerEntry.period_start < until,
        LedgerEntry.accounting_date >= until,
    )
    if as_of is not None:
        query = query.where(LedgerEntry.recorded_at <= as_of)
    return [_shaped(entry, amount, unit) for entry, amount, unit in session.execute(query)]


def _shaped(entry: LedgerEntry, amount: int, unit: str) -> PriorEntry:
    earlier = (LedgerEntry.earning_key == entry.earning_key, LedgerEntry.id < entry.id)
    since = select(func.max(LedgerEntry.recorded_at)).where(*earlier)
    posted = (
        select(func.sum(LedgerPosting.amount))
        .join(LedgerEntry, LedgerEntry.id == LedgerPosting.entry_id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(LedgerAccount.kind.in_(PARTICIPANT_KINDS), *earlier)
    )
    return PriorEntry(
        entry.id, str(entry.earning_key), str(entry.program_code), entry.period_start or entry.accounting_date,
        entry.accounting_date, entry.recorded_at, session.scalar(since), entry.reason or "", int(amount), unit,
        int(session.scalar(posted) or 0),
    )  # fmt: skip


@dataclass(frozen=True)
class LateLine:
    """A line that arrived between two postings of an earning."""

    id: int
    quantity: int
    product: str
    invoice_no: str | None
    sold_on: dt.date
    recorded_at: dt.datetime | None


def lines_between(line_ids: Sequence[int], since: dt.datetime | None, until: dt.datetime) -> list[LateLine]:
    """Those of some lines that were recorded after `since` and by `until`."""
    query = (
        select(
            SaleLine.id,
            SaleLine.quantity,
            Product.name,
            SaleLine.invoice_no,
            SaleLine.sold_on,
            JournalBatch.recorded_at,
        )
        .join(JournalBatch, JournalBatch.id == SaleLine.batch_id)
        .join(Product, Product.id == SaleLine.product_id)
        .where(SaleLine.id.in_(line_ids), JournalBatch.state == BatchState.CONFIRMED, JournalBatch.recorded_at <= until)
        .order_by(SaleLine.id)
    )
    if since is not None:
        query = query.where(JournalBatch.recorded_at > since)
    return [LateLine(*row) for row in session.execute(query)]


def open_drafts(program_codes: set[str]) -> list[tuple[str, ProgramDraft]]:
    """The drafts of some programs that are not published yet, oldest first."""
    query = (
        select(Program.code, ProgramDraft)
        .join(Program, Program.id == ProgramDraft.program_id)
        .where(Program.code.in_(program_codes), ProgramDraft.published_version_id.is_(None))
        .where(ProgramDraft.state != DraftState.DISCARDED)
    )
    return [(code, draft) for code, draft in session.execute(query.order_by(ProgramDraft.id))]


def quarter_totals(owner_id: int) -> dict[tuple[Quarter, str], int]:
    """What was earned and adjusted in each quarter and unit, from the ledger."""
    query = (
        select(LedgerEntry.accounting_date, LedgerAccount.unit, func.sum(LedgerPosting.amount))
        .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .where(
            LedgerAccount.owner_id == owner_id, LedgerAccount.kind.in_(PARTICIPANT_KINDS),
            LedgerEntry.kind.in_((*EARNING_KINDS, "adjust")),
        )
        .group_by(LedgerEntry.accounting_date, LedgerAccount.unit)
    )  # fmt: skip
    totals: dict[tuple[Quarter, str], int] = {}
    for day, unit, amount in session.execute(query):
        key = (quarter_of(day), unit)
        totals[key] = totals.get(key, 0) + int(amount)
    return totals


def list_statements(
    viewer: Viewer, quarter: Quarter, *, q: str = "", kind: str = "", unit: str = ""
) -> Select[str, str, str, str, int]:
    """Rows (code, name, kind, unit, amount) of who earned something in a quarter, largest first, for `paginate`."""
    total = func.sum(LedgerPosting.amount).label("amount")
    name = func.coalesce(Partner.name, Person.name, LedgerOwner.code).label("name")
    owners = visible_owners(viewer).with_only_columns(LedgerOwner.id)
    query = (
        select(LedgerOwner.code, name, LedgerOwner.kind, LedgerAccount.unit, total)
        .select_from(LedgerEntry)
        .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .join(LedgerOwner, LedgerOwner.id == LedgerAccount.owner_id)
        .outerjoin(Partner, Partner.owner_id == LedgerOwner.id)
        .outerjoin(Person, Person.owner_id == LedgerOwner.id)
        .where(
            LedgerEntry.accounting_date >= quarter.start, LedgerEntry.accounting_date < quarter.until,
            LedgerEntry.kind.in_((*EARNING_KINDS, "adjust")), LedgerOwner.id.in_(owners),
            LedgerAccount.kind.in_(PARTICIPANT_KINDS),
        )
        .group_by(LedgerOwner.id, LedgerOwner.code, LedgerOwner.kind, Partner.name, Person.name, LedgerAccount.unit)
        .order_by(total.desc(), LedgerOwner.code)
    )  # fmt: skip
    if q:
        like = [column.icontains(q, autoescape=True) for column in (Partner.name, Person.name, LedgerOwner.code)]
        query = query.where(or_(*like))
    if kind:
        query = query.where(LedgerOwner.kind == kind)
    if unit:
        query = query.where(LedgerAccount.unit == unit)
    return query


def branch_codes(viewer: Viewer, who: Participant) -> list[tuple[str, str]]:
    """Other partners of a partner's admin (code and name), whose statements may be opened too."""
    if viewer.is_vendor or who.kind != "partner":
        return []
    query = visible_partners(viewer).where(Partner.id != who.id).order_by(Partner.name)
    return [(partner.code, partner.name) for partner in session.scalars(query)]


@dataclass(frozen=True)
class EarnedRow:
    """One group as the lists of earnings show it."""

    program_code: str
    program_name: str
    component: str
    period_start: dt.date
    period_end: dt.date
    unit: str
    earned: int
    locked: bool


def earnings_of(kind: str, number: int) -> list[EarnedRow]:
    """Everything a participant earned, newest period first."""
    locked = and_(
        ProgramPeriod.program_id == EarnedGroup.program_id, ProgramPeriod.period_start == EarnedGroup.period_start
    )
    query = (
        select(EarnedGroup, Program.code, Program.name, ProgramPeriod.state)
        .join(Program, Program.id == EarnedGroup.program_id)
        .outerjoin(ProgramPeriod, locked)
        .where(EarnedGroup.participant_kind == kind, EarnedGroup.participant_id == number)
        .order_by(EarnedGroup.period_start.desc(), Program.name, EarnedGroup.component)
    )
    return [
        EarnedRow(
            code, name, group.component, group.period_start, group.period_end, group.unit, group.earned,
            state == PeriodState.LOCKED,
        )
        for group, code, name, state in session.execute(query)
    ]  # fmt: skip
