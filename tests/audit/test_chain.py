"""The chain of the audit log finds every change."""

from typing import Any

import pytest
from sqlalchemy import text

from portal.audit import queries
from portal.audit.services import record, record_refusal
from portal.core import db as core_db
from portal.core.db import session, transaction
from portal.core.errors import NotFound
from portal.security.viewer import Role, Viewer

ACTOR = Viewer(person_id=1, role=Role.AUDITOR, name="Otto Brandt", email="otto@vendor.example")


@pytest.fixture
def log(db):
    with transaction():
        record(
            "claim.approved", kind="claim", id=7, label="C-1", before={"state": "x"}, after={"state": "y"}, actor=ACTOR
        )
        record("claim.reversed", kind="claim", id=7, label="C-1", reason="wrong photo", actor=ACTOR)
    record_refusal("access.refused", kind="page", id="x", label="100% of a_b", reason="no right", actor=None)


def tamper(statement: str) -> None:
    """What somebody with the database's own password could do: the guard goes first."""
    kinds = ("update", "delete")
    with transaction():
        for kind in kinds:
            on = " ON audit_entry" if core_db.is_postgresql() else ""
            session.execute(text(f"DROP TRIGGER guard_audit_entry_{kind}{on}"))
        session.execute(text(statement))


def test_an_untouched_log_is_whole(log):
    assert queries.verify_chain() == []
    assert queries.head().last_id == 3


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entry SET reason = 'fine' WHERE id = 2", "entry 2 .* was changed"),
        ("UPDATE audit_entry SET actor = 'Somebody' WHERE id = 1", "entry 1 .* was changed"),
        ("DELETE FROM audit_entry WHERE id = 2", "entry 2 is missing"),
        ("DELETE FROM audit_entry WHERE id = 3", "ends at entry 2, but its head names entry 3"),
    ],
)
def test_a_change_is_found_and_named(log, statement: str, found: str):
    tamper(statement)
    sentences = queries.verify_chain()
    assert len(sentences) == 1
    import re

    assert re.search(found, sentences[0])


def test_the_log_is_searched_by_text_act_person_and_kind(log):
    def acts(**filters: Any) -> list[str]:
        return [entry.act for entry in session.scalars(queries.search_entries(**filters))]

    assert acts(text="wrong photo") == ["claim.reversed"]
    assert acts(act="claim.") == ["claim.reversed", "claim.approved"]
    assert acts(actor="Otto", kind="claim") == ["claim.reversed", "claim.approved"]
    assert acts(text="100%") == ["access.refused"]
    assert acts(text="a_b") == ["access.refused"]
    assert acts(text="axb") == []


def test_one_things_history_is_in_order(log):
    assert [entry.act for entry in queries.entries_about("claim", 7)] == ["claim.approved", "claim.reversed"]
    assert queries.kinds() == ["claim", "page"]
    with pytest.raises(NotFound):
        queries.get_entry(99)
