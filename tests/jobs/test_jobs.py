"""Jobs run exactly once however many workers there are."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.config import Settings
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.heartbeat import Heartbeat, beat
from portal.jobs.models import JobRun
from portal.jobs.schedule import jobs_of
from portal.jobs.services import Job, claim, run_job

HOURLY = dt.timedelta(hours=1)


def count(model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_an_occurrence_is_run_once(db):
    calls = []
    job = Job("tick", lambda: calls.append(1), every=HOURLY)
    with clock.frozen("2026-11-22T10:20"):
        assert run_job(job)
        assert not run_job(job)
    with clock.frozen("2026-11-22T11:01"):
        assert run_job(job)
    assert len(calls) == 2


def test_a_failure_is_kept_and_its_work_undone(db):
    def fail() -> None:
        beat("half")
        raise RuntimeError("no disk")

    with clock.frozen("2026-11-22T10:20"):
        assert run_job(Job("tick", fail, every=HOURLY))
        found = session.scalars(select(JobRun).where(JobRun.error.is_not(None))).all()
    assert count(Heartbeat) == 0
    assert [run.error for run in found] == ["RuntimeError: no disk"]


def test_a_dead_workers_claim_is_taken_over_after_its_lease(db):
    job = Job("tick", lambda: None, every=HOURLY)
    with clock.frozen("2026-11-22T10:20"):
        slot = job.due_slot(clock.now())
        assert claim(job, slot) is not None
        assert claim(job, slot) is None
    with clock.frozen("2026-11-22T10:40"):
        taken = claim(job, slot)
    assert taken is not None
    assert taken.fencing == 2


def test_a_worker_that_lost_its_claim_commits_nothing(db):
    def slow() -> None:
        beat("late")
        run = session.scalars(select(JobRun)).one()
        run.fencing += 1
        session.flush()

    with clock.frozen("2026-11-22T10:20"):
        assert not run_job(Job("tick", slow, every=HOURLY))
    assert count(Heartbeat) == 0


def test_work_with_transactions_of_its_own_is_finished_too(db):
    def work() -> None:
        with transaction():
            beat("own")

    with clock.frozen("2026-11-22T10:20"):
        assert run_job(Job("tick", work, every=HOURLY, atomic=False))
    assert session.scalars(select(JobRun)).one().finished_at is not None


@pytest.mark.one_database
def test_a_daily_job_is_due_at_its_time(db):
    job = Job("nightly", lambda: None, daily_at=dt.time(2, 30))
    assert job.due_slot(dt.datetime(2026, 11, 22, 2, 0, tzinfo=dt.UTC)).isoformat() == "2026-11-21T02:30:00+00:00"
    assert job.due_slot(dt.datetime(2026, 11, 22, 2, 30, tzinfo=dt.UTC)).isoformat() == "2026-11-22T02:30:00+00:00"
    with pytest.raises(ValueError, match="neither"):
        Job("never", lambda: None).due_slot(clock.now())


def test_only_the_demo_is_fed():
    real = Settings(data_dir=Path(), database_url="sqlite://", secret_key="x" * 40)
    names = [job.name for job in jobs_of(real)]
    assert "demo.feed" not in names
    assert [job.name for job in jobs_of(replace(real, demo=True)) if job.name not in names] == ["demo.feed"]
