"""Proving the books: the ledger's laws, cached balances, the guards, the audit chain, kept traces."""

from __future__ import annotations

from sqlalchemy import select

from portal.audit.queries import head, verify_chain
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.guards import missing_guards
from portal.home.health.models import BookCheck
from portal.ledger.services import verify as verify_ledger
from portal.programs.runs.traces import check_stored_traces


def findings() -> list[str]:
    """Everything that is wrong, as sentences, each once."""
    missing = missing_guards(session.connection())
    guards = [f"The guard {name} is missing: rows of its table could be changed." for name in missing]
    return list(dict.fromkeys([*guards, *verify_ledger(), *verify_chain(), *check_stored_traces()]))


def check_books() -> BookCheck:
    """Prove the books and keep the result, so that home pages can warn; only keeping it is a transaction."""
    found = findings()
    last = head()
    proved = last.last_id if last else 0
    session.rollback()
    with transaction():
        check = BookCheck(checked_at=clock.now(), last_audit_entry=proved, findings="\n".join(found))
        session.add(check)
    return check


def newest_check() -> BookCheck | None:
    """The result of the last proof, None before the first."""
    return session.scalar(select(BookCheck).order_by(BookCheck.id.desc()).limit(1))
