"""The database itself keeps the laws, whoever writes to it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session

from portal.core.db import is_postgresql, transaction
from portal.ledger import services
from tests.ledger.cast import FINANCE, JULY, balance, earn, owner, proved

Db = scoped_session[Session]
ENTRY = (
    "INSERT INTO ledger_entry (id, kind, recorded_at, accounting_date, idempotency_key, reason, prior_period) "
    "VALUES (900, 'adjust', '2026-07-10', 20000, 'by hand', 'x', false)"
)
POSTING = "INSERT INTO ledger_posting (id, entry_id, account_id, amount) VALUES ({}, {}, {}, {})"


def run(*statements: str) -> None:
    """Write by hand, past every service."""
    with transaction() as current:
        for statement in statements:
            current.execute(text(statement))


def account(db: Db, kind: str) -> int:
    return int(db.scalar(text(f"SELECT id FROM ledger_account WHERE kind = '{kind}'")) or 0)


@pytest.fixture
def shop(db: Db) -> int:
    """A shop with one earning of 100 points."""
    who = owner()
    earn(who, 100, "a", hold_days=0)
    return who


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_posting", "ledger_seal"])
@pytest.mark.parametrize("act", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_what_is_posted_is_neither_changed_nor_deleted(shop: int, table: str, act: str) -> None:
    column = "entry_id" if table == "ledger_seal" else "id"
    with pytest.raises(DBAPIError, match="append-only"):
        run(act.format(table, column))
    assert proved()


def test_an_entry_that_does_not_sum_to_zero_is_refused(db: Db, shop: int) -> None:
    posting = POSTING.format(900, 900, account(db, "available"), 5)
    with pytest.raises(DBAPIError, match="sum to zero"):
        run(ENTRY, posting, "INSERT INTO ledger_seal (entry_id) VALUES (900)")
    with pytest.raises(DBAPIError, match="sum to zero"):
        run(ENTRY, "INSERT INTO ledger_seal (entry_id) VALUES (900)")
    assert proved()


def test_units_do_not_make_up_for_each_other(db: Db, shop: int) -> None:
    earn(shop, 7, "usd", unit="USD", earning_key="u", hold_days=0)
    points, usd = db.scalars(text("SELECT id FROM ledger_account WHERE kind = 'available' ORDER BY unit DESC")).all()
    with pytest.raises(DBAPIError, match="sum to zero"):
        run(
            ENTRY,
            POSTING.format(900, 900, points, -5),
            POSTING.format(901, 900, usd, 5),
            "INSERT INTO ledger_seal (entry_id) VALUES (900)",
        )


def test_an_entry_without_a_seal_cannot_be_committed(db: Db, shop: int) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        run(ENTRY, POSTING.format(900, 900, account(db, "available"), 5))


def test_nothing_is_added_to_a_sealed_entry(db: Db, shop: int) -> None:
    entry = db.scalar(text("SELECT max(id) FROM ledger_entry"))
    cost, mine = account(db, "revenue_reduction"), account(db, "available")
    with pytest.raises(DBAPIError, match="sealed"):
        run(POSTING.format(900, entry, mine, 5), POSTING.format(901, entry, cost, -5))


def test_available_never_goes_below_zero(shop: int) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)check"):
        run("UPDATE ledger_account SET balance = -1 WHERE kind = 'available'")
    with pytest.raises(DBAPIError, match=r"(?i)check"):
        run("UPDATE ledger_lot SET available = -1")


def test_nothing_enters_a_closed_month(shop: int) -> None:
    with transaction():
        services.close_month(JULY.replace(month=6), by=FINANCE)
    june = (JULY.replace(month=6) - JULY.replace(year=1970, month=1)).days
    with pytest.raises(DBAPIError, match="closed"):
        run(ENTRY.replace("20000", str(june)))


def test_an_idempotency_key_is_used_once(shop: int) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)unique"):
        run(ENTRY.replace("by hand", "a"))


def test_nobody_confirms_their_own_adjustment_even_by_hand(db: Db, shop: int) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)check"):
        run(
            "INSERT INTO ledger_adjustment (id, owner_id, unit, amount, treatment, reason, state, proposed_by_id, "
            "proposed_by_name, proposed_at, decided_by_id) "
            f"VALUES (1, {shop}, 'points', 5, 'selling_expense', 'x', 'confirmed', 7, 'N', '2026-07-10', 7)"
        )


def test_the_proof_names_a_wrong_balance_and_a_wrong_lot(db: Db, shop: int) -> None:
    run("UPDATE ledger_account SET balance = 99 WHERE kind = 'available'", "UPDATE ledger_lot SET available = 98")
    said = services.verify()
    assert (
        f"Account {account(db, 'available')} (available of owner {shop}) says 99, but its postings sum to 100." in said
    )
    assert any(f"of owner {shop} does not equal the fold of its postings." in sentence for sentence in said)
    assert balance(shop).available == 99


def test_the_proof_names_a_missing_trigger(db: Db, shop: int) -> None:
    for name, table in (("guard_ledger_posting_update", "ledger_posting"), ("law_ledger_seal_balanced", "ledger_seal")):
        run(f"DROP TRIGGER {name}" + (f" ON {table}" if is_postgresql() else ""))
    other = text("DROP TRIGGER guard_audit_entry_update" + (" ON audit_entry" if is_postgresql() else ""))
    with transaction() as current:
        current.execute(other)
    said = services.verify()
    assert len(said) == 2
    assert all("is missing" in sentence for sentence in said)


def test_the_proof_finds_what_was_written_while_the_laws_were_off(db: Db, shop: int) -> None:
    on = "ON ledger_seal" if is_postgresql() else ""
    run(
        f"DROP TRIGGER law_ledger_seal_balanced {on}",
        ENTRY,
        POSTING.format(900, 900, account(db, "available"), 5),
        "INSERT INTO ledger_seal (entry_id) VALUES (900)",
    )
    said = " ".join(services.verify())
    assert "Entry 900 does not sum to zero in points: 5 are left over." in said
    assert "Posting 900 is on a participant's account and names no lot." in said
    assert "says 100, but its postings sum to 105" in said


def test_the_proof_does_not_drown_the_reader(db: Db) -> None:
    with transaction():
        owners = services.ensure_owners([("partner", f"X{n}") for n in range(25)])
    for who in owners.values():
        earn(who.id, 10, f"k{who.id}", earning_key=f"e{who.id}", hold_days=0)
    run("UPDATE ledger_account SET balance = 9 WHERE kind = 'available'")
    said = services.verify()
    assert len(said) == 21
    assert said[-1] == "5 more like the last one."
