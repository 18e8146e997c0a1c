"""What an auditor saw at the lock is kept, and an engine that computes otherwise is found out."""

from __future__ import annotations

import json

from sqlalchemy import select, text
from sqlalchemy.orm import Session, scoped_session

from portal.core.db import session, transaction
from portal.engine import VERSION
from portal.programs.runs.jobs import keep_traces
from portal.programs.runs.models import StoredTrace
from portal.programs.runs.traces import _says, check_stored_traces
from tests.programs.shop_year import closed_quarter, racks_come_back

Db = scoped_session[Session]


def _stored() -> list[StoredTrace]:
    return list(session.scalars(select(StoredTrace).order_by(StoredTrace.id)))


def test_the_trace_of_the_lock_is_stored_once_and_stays(db: Db) -> None:
    channel = closed_quarter()
    racks_come_back(channel)
    assert keep_traces() == 2
    assert keep_traces() == 0
    stored = _stored()
    assert sorted(json.loads(one.trace)[0]["earned"] for one in stored) == ["46.37", "67.12"]
    assert {one.engine_version for one in stored} == {VERSION}
    assert check_stored_traces() == []


def test_an_engine_that_computes_otherwise_is_found_out(db: Db) -> None:
    closed_quarter()
    keep_traces()
    with transaction():
        changed = _stored()[0].trace.replace("46.37", "99.99").replace("67.12", "99.99")
        copy = _stored()[0]
        session.expunge(copy)
        row = {name: getattr(copy, name) for name in ("program_id", "participant_id", "engine_version", "input_digest")}
        session.add(
            StoredTrace(
                **row, participant_kind="partner", period_start=copy.period_start.replace(month=4), trace=changed,
                stored_at=copy.stored_at,
            )
        )  # fmt: skip
        session.flush()
        told = check_stored_traces()
        assert len(told) == 1
        assert "99.99" in told[0]
        assert session.scalar(text("SELECT count(*) FROM stored_trace")) == 3


def test_a_trace_stored_before_traces_said_more_still_agrees(db: Db) -> None:
    closed_quarter()
    keep_traces()
    rows = [json.loads(one.trace) for one in _stored()]
    left_out = ("eligibility", "derivation")
    briefer = [[{key: row[key] for key in row if key not in left_out} for row in some] for some in rows]
    assert _says(rows, briefer)
    assert not _says(briefer, rows)
    assert not _says(rows[:1], rows)
