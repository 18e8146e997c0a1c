"""What must hold before a period may be closed; each check is a sentence, with the place where it is mended."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from portal.core.db import session
from portal.core.events import OutboxRow
from portal.core.ids import canonical_json, digest
from portal.ledger.services import verify
from portal.programs.closing.queries import Amount, PeriodRow
from portal.programs.closing.waiting import count_waiting
from portal.programs.exceptions.models import ExceptionState, ProgramException
from portal.programs.runs.periods import calculated_since_end
from portal.sales.imports.models import ImportJob, ImportState
from portal.sales.journal.models import Flow

LATER = "What is decided after the lock becomes an adjustment."
UNFINISHED = (ImportState.UPLOADED, ImportState.CHECKING, ImportState.CHECKED, ImportState.POSTING)
RECALCULATING = (
    "JournalBatchConfirmed", "ActivitiesRecorded", "RatesRecorded", "PricesRecorded", "TargetsChanged",
    "PartnerValuesChanged", "CertificateRecorded", "SpifAnswered", "TermsAccepted", "ProgramPublished",
    "ProgramJoined", "ProgramLeft", "EndCustomersClassified", "ProductsTagged",
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One line of the checklist; `endpoint` is where it can be mended.

    What `blocks` keeps the period open, for people as for the hourly job: the grace, and that a run has posted what is
    owed. What only waits does not: decided later, it is posted in the next open period as an adjustment.
    """

    ok: bool
    title: str
    more: str = ""
    endpoint: str = ""
    blocks: bool = True


def checklist(row: PeriodRow) -> list[Check]:
    """What must hold before this period is locked, and what should be looked at: what is wrong first."""
    found = [_grace(row), _calculated(row), _posted(row), _imports(), *_waiting(row), _exceptions(row), _books()]
    return sorted(found, key=lambda check: (check.ok, not check.blocks))


def blocking(checks: list[Check]) -> list[Check]:
    """What keeps the period open."""
    return [check for check in checks if check.blocks and not check.ok]


def _grace(row: PeriodRow) -> Check:
    ok = row.state in ("due", "locked")
    more = "" if ok else f"It may be closed from {row.due_on.day} {row.due_on:%B %Y} on."
    return Check(ok, "The grace is over" if ok else "The grace is not over", more)


def _calculated(row: PeriodRow) -> Check:
    ok = calculated_since_end(row.code, row.end)
    title = "Calculated after its end" if ok else "Not calculated since its end"
    return Check(ok, title, "" if ok else "Calculate now, then close.")


def _posted(row: PeriodRow) -> Check:
    waiting = session.scalar(
        select(func.count()).where(OutboxRow.delivered_at.is_(None), OutboxRow.fact.in_(RECALCULATING))
    )
    if waiting:
        return Check(False, "New facts are still being calculated", "The worker is at it. Look again in a minute.")
    ok = row.earned == row.posted
    return Check(ok, "What is earned is posted" if ok else "What is earned is not posted yet")


def _imports() -> Check:
    query = select(func.count()).where(ImportJob.kind == "sales", ImportJob.state.in_(UNFINISHED))
    count = session.scalar(query) or 0
    more = f"They may hold sales of this period. {LATER}" if count else ""
    title = f"{count} sales {'import waits' if count == 1 else 'imports wait'}" if count else "No sales import waits"
    return Check(not count, title, more, "sales.imports.list_imports" if count else "", blocks=False)


def _waiting(row: PeriodRow) -> list[Check]:
    """What waits in the rooms above; claims are sales to end customers."""
    if row.flow != Flow.SELL_OUT:
        return []
    return [
        Check(not one.count, f"{one.count} {one.title} of this period wait" if one.count else f"No {one.title} wait",
              LATER if one.count else "", one.endpoint if one.count else "", blocks=False)
        for one in count_waiting(row.start, row.end)
    ]  # fmt: skip


def _exceptions(row: PeriodRow) -> Check:
    count = session.scalar(
        select(func.count()).where(
            ProgramException.program_id == row.program_id, ProgramException.period_start == row.start,
            ProgramException.state == ExceptionState.ASKED,
        )
    )  # fmt: skip
    if not count:
        return Check(True, "No exception of it waits", blocks=False)
    what = "exception of it waits" if count == 1 else "exceptions of it wait"
    title = f"{count} {what} for a second person"
    return Check(False, title, LATER, "programs.exceptions.list_exceptions", blocks=False)


def _books() -> Check:
    found = verify()
    return Check(not found, "The ledger proves right" if not found else "The ledger does not prove right",
                 " ".join(found[:2]), blocks=False)  # fmt: skip


def fingerprint(row: PeriodRow, amounts: list[Amount]) -> str:
    """A digest of what would be locked, so that closing refuses figures nobody has looked at."""
    listed = [[one.component, one.kind, one.number, one.earned] for one in amounts]
    return digest(canonical_json([row.code, row.start.isoformat(), sorted(listed)]))
