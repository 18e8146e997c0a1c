"""What an admin sees: people and invitations, jobs and their failures, the mail that goes to a folder."""

from __future__ import annotations

import datetime as dt

from flask import current_app, render_template, url_for
from sqlalchemy import func, select

from portal.config import Settings
from portal.core import heartbeat
from portal.core.db import Base, session
from portal.notifications.mail import mail_folder
from portal.partners.people.models import Person, PersonState
from portal.partners.people.queries import visible_people
from portal.security.viewer import Role, Viewer

INVITATIONS = 6


def draw_people(viewer: Viewer) -> str:
    """How many people of which role may log in."""
    query = visible_people(viewer).with_only_columns(Person.role, Person.state, func.count())
    counts: dict[str, dict[str, int]] = {}
    for role, state, number in session.execute(query.group_by(Person.role, Person.state)):
        counts.setdefault(Role(role).label, {})[state] = number
    return render_template("home/_people_by_role.html", counts=sorted(counts.items()))


def draw_invitations(viewer: Viewer) -> str | None:
    """Who was invited and has not come yet, the longest wait first."""
    query = visible_people(viewer).where(Person.state == PersonState.INVITED, Person.role.not_in(("seller",)))
    people = session.scalars(query.order_by(Person.created_at).limit(INVITATIONS)).all()
    return render_template("home/_invitations.html", people=people) if people else None


def newest_runs() -> list[tuple[str, dt.datetime, dt.datetime | None, str | None]]:
    """The newest occurrence of every job: (job, due, finished, error). Its room lies above, so its table is asked."""
    runs = Base.metadata.tables["job_run"].c
    newest = select(func.max(runs.id)).group_by(runs.job)
    query = select(runs.job, runs.scheduled_for, runs.finished_at, runs.error).where(runs.id.in_(newest))
    settings: Settings = current_app.extensions["settings"]
    if not settings.demo:
        query = query.where(runs.job.not_like("demo.%"))
    return [tuple(row) for row in session.execute(query.order_by(runs.error.is_(None), runs.job))]


def draw_jobs(viewer: Viewer) -> str:
    """The newest run of every job, failures first."""
    return render_template("home/_jobs.html", runs=newest_runs(), alive=heartbeat.lives("worker"))


def draw_mail(viewer: Viewer) -> str:
    """Where mail goes; in the demo its folder opens."""
    settings: Settings = current_app.extensions["settings"]
    folder = mail_folder(settings)
    count = 0 if settings.smtp_url or not folder.exists() else sum(1 for _ in folder.glob("*.eml"))
    href = url_for("demo.list_mail") if settings.demo else None
    return render_template("home/_mail.html", smtp=bool(settings.smtp_url), count=count, href=href)
