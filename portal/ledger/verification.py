"""Proving the ledger: every law checked over all rows, each breach told in one sentence."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from portal.core.db import session
from portal.core.guards import missing_guards

_LIMIT = 20
_CHECKS = {
    "Entry {0} does not sum to zero in {1}: {2} are left over.": """
        SELECT p.entry_id, a.unit, sum(p.amount) FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
        GROUP BY p.entry_id, a.unit HAVING sum(p.amount) <> 0 ORDER BY 1""",
    "Entry {0} has no seal, so postings could still be added to it.": """
        SELECT e.id FROM ledger_entry e LEFT JOIN ledger_seal s ON s.entry_id = e.id
        WHERE s.entry_id IS NULL ORDER BY 1""",
    "Entry {0} has no postings.": """
        SELECT e.id FROM ledger_entry e
        WHERE NOT EXISTS (SELECT 1 FROM ledger_posting p WHERE p.entry_id = e.id) ORDER BY 1""",
    "Posting {0} belongs to no entry.": """
        SELECT p.id FROM ledger_posting p LEFT JOIN ledger_entry e ON e.id = p.entry_id
        WHERE e.id IS NULL ORDER BY 1""",
    "Account {0} ({1} of owner {2}) says {3}, but its postings sum to {4}.": """
        SELECT a.id, a.kind, a.owner_id, a.balance, coalesce(s.total, 0) FROM ledger_account a
        LEFT JOIN (SELECT account_id, sum(amount) AS total FROM ledger_posting GROUP BY account_id) s
        ON s.account_id = a.id WHERE a.balance IS NOT NULL AND a.balance <> coalesce(s.total, 0) ORDER BY 1""",
    "Account {0} ({1} of owner {2}) is below zero: {3}.": """
        SELECT a.id, a.kind, a.owner_id, a.balance FROM ledger_account a
        WHERE a.kind IN ('pending', 'available', 'held') AND (a.balance < 0 OR a.balance IS NULL) ORDER BY 1""",
    "Lot {0} of owner {1} does not equal the fold of its postings.": """
        SELECT l.id, l.owner_id FROM ledger_lot l LEFT JOIN (
          SELECT p.lot_id, sum(CASE WHEN a.kind = 'pending' THEN p.amount ELSE 0 END) AS pending,
            sum(CASE WHEN a.kind = 'available' THEN p.amount ELSE 0 END) AS available,
            sum(CASE WHEN a.kind = 'held' THEN p.amount ELSE 0 END) AS held,
            sum(CASE WHEN a.kind = 'debt' THEN p.amount ELSE 0 END) AS debt
          FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id GROUP BY p.lot_id) f ON f.lot_id = l.id
        WHERE l.pending <> coalesce(f.pending, 0) OR l.available <> coalesce(f.available, 0)
          OR l.held <> coalesce(f.held, 0) OR l.debt <> coalesce(f.debt, 0) ORDER BY 1""",
    "Posting {0} moves a lot of another owner or unit.": """
        SELECT p.id FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
        JOIN ledger_lot l ON l.id = p.lot_id
        WHERE l.owner_id <> a.owner_id OR l.unit <> a.unit ORDER BY 1""",
    "Posting {0} is on a participant's account and names no lot.": """
        SELECT p.id FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
        WHERE p.lot_id IS NULL AND a.kind IN ('pending', 'available', 'held', 'paid', 'debt') ORDER BY 1""",
    "Idempotency key {0} was used {1} times.": """
        SELECT idempotency_key, count(*) FROM ledger_entry GROUP BY idempotency_key HAVING count(*) > 1 ORDER BY 1""",
    "Adjustment {0} was confirmed by the person who proposed it.": """
        SELECT id FROM ledger_adjustment WHERE decided_by_id = proposed_by_id ORDER BY 1""",
}


def verify() -> list[str]:
    """Sentences that say what is wrong with the ledger; an empty list when all laws hold."""
    return [*_breaches(), *_guards()]


def _breaches() -> Iterator[str]:
    for sentence, query in _CHECKS.items():
        rows = session.execute(text(query)).all()
        for row in rows[:_LIMIT]:
            yield sentence.format(*row)
        if len(rows) > _LIMIT:
            yield f"{len(rows) - _LIMIT} more like the last one."


def _guards() -> Iterator[str]:
    for name in missing_guards(session.connection()):
        if "ledger" in name:
            yield f"The guard {name} is missing: rows of its table could be changed."
