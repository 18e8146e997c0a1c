"""The laws the database itself keeps, as triggers for both databases.

A deferred foreign key makes every entry need a seal when the transaction commits. A seal is refused while the postings
do not sum to zero per unit, a posting is refused once the seal is there, and no entry enters a closed month.
"""

from __future__ import annotations

from portal.core.guards import Trigger

_UNBALANCED_NEW = (
    "EXISTS (SELECT 1 FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id "
    "WHERE p.entry_id = NEW.entry_id GROUP BY a.unit HAVING sum(p.amount) <> 0) "
    "OR NOT EXISTS (SELECT 1 FROM ledger_posting p WHERE p.entry_id = NEW.entry_id)"
)
_UNBALANCED_ADDED = (
    "EXISTS (SELECT 1 FROM added s LEFT JOIN ledger_posting p ON p.entry_id = s.entry_id "
    "LEFT JOIN ledger_account a ON a.id = p.account_id "
    "GROUP BY s.entry_id, a.unit HAVING sum(p.amount) IS DISTINCT FROM 0)"
)
_NOT_ZERO = "the postings of an entry must sum to zero in every unit"
_SEALED = "this entry is sealed; write another entry instead"
_CLOSED = "this accounting month is closed; date the entry in the next open one"


def _postgresql(name: str, table: str, condition: str, sentence: str) -> tuple[str, ...]:
    # EXECUTE plans the check anew each time: a plan kept from one row would be a loop over fifty thousand.
    body = (
        f"DECLARE broken boolean; BEGIN EXECUTE $check$ SELECT {condition} $check$ INTO broken; "
        f"IF broken THEN RAISE EXCEPTION '{sentence}'; END IF; RETURN NULL; END"
    )
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $guard$ {body} $guard$ LANGUAGE plpgsql",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    )


def _sqlite(name: str, table: str, condition: str, sentence: str) -> tuple[str, ...]:
    return (
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
    )


TRIGGERS = [
    Trigger(
        "law_ledger_seal_balanced",
        "ledger_seal",
        sqlite=_sqlite(
            "law_ledger_seal_balanced",
            "ledger_seal",
            _UNBALANCED_NEW,
            _NOT_ZERO,
        ),
        postgresql=_postgresql(
            "law_ledger_seal_balanced",
            "ledger_seal",
            _UNBALANCED_ADDED,
            _NOT_ZERO,
        ),
    ),
    Trigger(
        "law_ledger_posting_open",
        "ledger_posting",
        sqlite=_sqlite(
            "law_ledger_posting_open",
            "ledger_posting",
            "EXISTS (SELECT 1 FROM ledger_seal WHERE entry_id = NEW.entry_id)",
            _SEALED,
        ),
        postgresql=_postgresql(
            "law_ledger_posting_open",
            "ledger_posting",
            "EXISTS (SELECT 1 FROM added p JOIN ledger_seal s ON s.entry_id = p.entry_id)",
            _SEALED,
        ),
    ),
    Trigger(
        "law_ledger_entry_open_month",
        "ledger_entry",
        sqlite=_sqlite(
            "law_ledger_entry_open_month",
            "ledger_entry",
            "EXISTS (SELECT 1 FROM accounting_month m WHERE m.state = 'closed' "
            "AND NEW.accounting_date >= m.month AND NEW.accounting_date < m.until)",
            _CLOSED,
        ),
        postgresql=_postgresql(
            "law_ledger_entry_open_month",
            "ledger_entry",
            "EXISTS (SELECT 1 FROM added e JOIN accounting_month m ON m.state = 'closed' "
            "AND e.accounting_date >= m.month AND e.accounting_date < m.until)",
            _CLOSED,
        ),
    ),
]
