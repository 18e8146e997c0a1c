"""The nightly proof of the books, and the alarm it raises on the homes of those who look after them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from portal.core import db as core_db
from portal.core.db import session, transaction
from portal.home.health.proof import check_books, newest_check
from tests.people import add_cast


@pytest.fixture
def cast(db, app):
    return add_cast()


def proved() -> list[str]:
    with transaction():
        check_books()
    return newest_check().sentences


def test_sound_books_raise_no_alarm(cast, as_):
    assert proved() == []
    assert "was changed" not in as_(cast.channel_manager).get("/").text


def test_a_changed_entry_raises_the_alarm_on_the_managers_home(cast, as_):
    on = " ON audit_entry" if core_db.is_postgresql() else ""
    with transaction():
        session.execute(text(f"DROP TRIGGER guard_audit_entry_update{on}"))
        session.execute(text("UPDATE audit_entry SET reason = 'nothing to see' WHERE id = 1"))
    sentences = proved()
    assert any("guard_audit_entry_update is missing" in sentence for sentence in sentences)
    assert any("Audit entry 1" in sentence and "was changed" in sentence for sentence in sentences)
    for person in (cast.channel_manager, cast.finance, cast.auditor):
        assert "Audit entry 1" in as_(person).get("/").text
    assert "Audit entry 1" not in as_(cast.seller).get("/").text
