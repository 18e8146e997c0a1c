"""The worker process: APScheduler keeps the time, the database keeps the order."""

from __future__ import annotations

import datetime as dt
import logging
import signal
import threading
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from portal.core import heartbeat
from portal.core.db import session, transaction
from portal.jobs.outbox import deliver_all, deliver_waiting
from portal.jobs.schedule import POLLS, jobs_of
from portal.jobs.services import Job, run_job
from portal.reactions import REACTIONS

log = logging.getLogger("portal.worker")
BEAT_SECONDS = 20


def run_once(app: Flask) -> None:
    """Deliver what waits, run what is due, once; then deliver what that produced."""
    with app.app_context():
        _beat()
        deliver_all(REACTIONS)
        for poll in POLLS:
            poll()
        for job in jobs_of(app.extensions["settings"]):
            run_job(job)
        deliver_all(REACTIONS)
        session.remove()


def run_forever(app: Flask) -> None:
    """Run until told to stop."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a beat that is left out while one still runs is no news
    scheduler = BackgroundScheduler(
        timezone=dt.UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 30}
    )
    scheduler.add_job(_in_app(app, _beat), "interval", seconds=BEAT_SECONDS, next_run_time=dt.datetime.now(dt.UTC))
    scheduler.add_job(_in_app(app, lambda: deliver_waiting(REACTIONS)), "interval", seconds=1)
    for poll in POLLS:
        scheduler.add_job(_in_app(app, poll), "interval", seconds=2)
    for job in jobs_of(app.extensions["settings"]):
        scheduler.add_job(_in_app(app, _due(job)), "interval", seconds=30, next_run_time=dt.datetime.now(dt.UTC))
    stopped = _stop_signal()
    scheduler.start()
    stopped.wait()
    scheduler.shutdown(wait=True)


def _stop_signal() -> threading.Event:
    """Set when the process is asked to end."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _due(job: Job) -> Callable[[], object]:
    return lambda: run_job(job)


def _in_app(app: Flask, work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        with app.app_context():
            try:
                work()
            except Exception:
                log.exception("the worker goes on after a failure")
            finally:
                session.remove()

    return run


def _beat() -> None:
    with transaction():
        heartbeat.beat("worker")
