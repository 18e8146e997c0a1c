"""Reading connections cannot write, and a server that went away for a moment is not a failed page."""

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError

from portal.core import db as core_db
from portal.core.connections import TRUSTED_SECONDS
from portal.core.db import is_postgresql, session, transaction
from portal.core.heartbeat import Heartbeat, beat


def test_what_is_not_in_a_transaction_cannot_write(db):
    with transaction():
        beat("worker")
    if is_postgresql():
        with pytest.raises(DatabaseError, match="read-only"):
            session.execute(update(Heartbeat).values(name="other"))
    else:
        session.execute(update(Heartbeat).values(name="other"))
    session.rollback()
    assert session.get(Heartbeat, "worker") is not None


def test_a_transaction_sees_its_own_work_and_readers_see_it_afterwards(db):
    with transaction():
        beat("worker")
        assert session.scalar(text("SELECT count(*) FROM heartbeat")) == 1
    assert session.scalar(text("SELECT count(*) FROM heartbeat")) == 1


@pytest.mark.parametrize("rested", [0, TRUSTED_SECONDS + 1])
def test_connections_that_the_server_ended_are_replaced_unseen(db, rested, monkeypatch):
    with transaction():
        beat("worker")
    session.scalar(text("SELECT 1"))
    session.remove()
    if is_postgresql():
        end_all_connections()
    monkeypatch.setattr("portal.core.connections.TRUSTED_SECONDS", TRUSTED_SECONDS - rested)
    assert session.scalar(text("SELECT count(*) FROM heartbeat")) == 1
    with transaction():
        beat("worker")


def end_all_connections():
    """What a restarted server does to everybody who was connected."""
    engine = core_db.make_engine(core_db.engine().url.render_as_string(hide_password=False))
    others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    with engine.connect() as connection:
        connection.execute(text(f"{others} WHERE datname = current_database() AND pid <> pg_backend_pid()"))
    engine.dispose()
