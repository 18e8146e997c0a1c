"""One transaction an entry point; what fails leaves nothing behind."""

import datetime as dt
import json

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from portal.audit.models import AuditEntry
from portal.audit.services import record
from portal.core import clock
from portal.core import db as core_db
from portal.core.db import session, transaction
from portal.core.events import OutboxRow, emit, emit_all
from portal.core.guards import guarded_tables, missing_guards
from portal.core.heartbeat import Heartbeat, beat, lives
from portal.core.sequence import current_seq, next_seq
from portal.partners.people.events import PersonAdded


def count(model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_failed_transaction_leaves_neither_rows_nor_entries(db):
    with pytest.raises(RuntimeError), transaction():
        beat("worker")
        record("thing.done", kind="thing", id=1)
        raise RuntimeError
    with transaction():
        pass
    assert (count(Heartbeat), count(AuditEntry)) == (0, 0)


def test_an_inner_transaction_joins_the_outer_one(db):
    with pytest.raises(RuntimeError), transaction():
        with transaction():
            beat("worker")
        raise RuntimeError
    assert count(Heartbeat) == 0


def test_many_facts_keep_their_place_among_single_ones(db):
    single, many = PersonAdded(1, None, "admin"), [PersonAdded(number, None, "admin") for number in (2, 3)]
    with transaction():
        emit(single)
        emit_all(many)
        emit(single)
    rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
    assert [json.loads(row.payload)["person_id"] for row in rows] == [1, 2, 3, 1]
    assert {(row.fact, row.attempts, row.done_listeners) for row in rows} == {("PersonAdded", 0, "")}


def test_the_journal_sequence_has_no_gaps(db):
    assert current_seq() == 0
    with transaction():
        assert [next_seq(), next_seq()] == [1, 2]
    with pytest.raises(RuntimeError), transaction():
        next_seq()
        raise RuntimeError
    with transaction():
        assert next_seq() == 3
    assert current_seq() == 3


def test_a_fact_waits_in_the_outbox_of_its_transaction(db):
    with transaction():
        emit(PersonAdded(person_id=7, partner_id=None, role="seller"))
    row = session.scalars(select(OutboxRow)).one()
    assert row.fact == "PersonAdded"
    assert '"person_id":7' in row.payload


def test_a_sign_of_life_grows_old(db):
    with clock.frozen("2026-11-22T10:00"):
        with transaction():
            beat("worker")
        assert lives("worker")
    with clock.frozen("2026-11-22T10:02"):
        assert not lives("worker")
        with transaction():
            beat("worker")
        assert lives("worker")


def test_times_without_a_zone_cannot_be_stored(db):
    with pytest.raises(Exception, match="zone"), transaction():
        session.add(Heartbeat(name="x", at=dt.datetime(2026, 1, 1)))  # noqa: DTZ001  the point of it


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_change_the_log(db, statement: str):
    with transaction():
        record("thing.done", kind="thing", id=1)
    with pytest.raises(DatabaseError, match="append-only"), transaction():
        session.execute(text(statement))


def test_a_missing_guard_is_named(db):
    assert guarded_tables()
    drop = "DROP TRIGGER guard_audit_entry_update"
    with transaction():
        assert missing_guards(session.connection()) == []
        session.execute(text(drop if not core_db.is_postgresql() else f"{drop} ON audit_entry"))
        assert missing_guards(session.connection()) == ["guard_audit_entry_update"]
