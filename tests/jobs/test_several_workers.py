"""Several workers at once: one occurrence, one effect; one fact, each listener once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import emit
from portal.core.ids import new_token
from portal.jobs.outbox import deliver_waiting
from portal.jobs.services import Job, run_job
from portal.notifications.models import SentMail
from portal.partners.people.events import PersonAdded

WORKERS = 8


def together(work) -> list[object]:
    """The same work in several threads that begin at one moment."""
    start = Barrier(WORKERS)

    def one(_number: int) -> object:
        start.wait()
        try:
            return work()
        finally:
            session.remove()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, range(WORKERS)))


def write_down() -> None:
    """An effect that can be counted: a row of its own each time."""
    session.add(SentMail(key=new_token(), address="a@b.example", subject="x", sent_at=clock.now()))
    session.flush()


def effects() -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(SentMail))


def test_an_occurrence_has_one_effect_however_many_workers_there_are(db):
    job = Job("tick", write_down, every=dt.timedelta(days=1))
    assert sorted(map(bool, together(lambda: run_job(job)))) == [False] * (WORKERS - 1) + [True]
    assert effects() == 1


def test_a_fact_reaches_its_listener_once(db):
    with transaction():
        for number in range(5):
            emit(PersonAdded(person_id=number, partner_id=None, role="seller"))
    together(lambda: deliver_waiting({"PersonAdded": (lambda _fact: write_down(),)}))
    assert effects() == 5
