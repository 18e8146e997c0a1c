"""The demo's programs: published before their first day, calculated, closed quarter by quarter."""

from __future__ import annotations

import datetime as dt

from portal.core import clock
from portal.core.db import transaction
from portal.demo.channel import DemoChannel
from portal.demo.pilot_plan import pilot_text
from portal.demo.plans import DRAFTS, plan_texts
from portal.engine.plan import parse_plan
from portal.ledger.seasons import mature_due
from portal.partners.access.queries import make_viewer
from portal.partners.people.queries import find_person_by_email
from portal.programs.definitions.services import publish_version, save_draft
from portal.programs.runs.jobs import close_periods, run_full
from portal.security.viewer import Viewer

WRITER, APPROVER = "manager@demo.example", "manager2@demo.example"


def viewer(email: str) -> Viewer:
    """A person of the demo as an actor."""
    person = find_person_by_email(email)
    if person is None:
        raise LookupError(email)
    return make_viewer(person)


def publish_and_draft(channel: DemoChannel) -> None:
    """Publish the plans a week before they begin; the whole-volume twin stays a draft."""
    texts = plan_texts(channel.today)
    live = {stem: text for stem, text in texts.items() if stem not in DRAFTS} | {"pilot": pilot_text(channel.today)}
    dated = sorted((parse_plan(text).starts, stem, text) for stem, text in live.items())
    for starts, _, text in dated:
        with clock.frozen(_at(starts - dt.timedelta(days=7))), transaction():
            publish_version(text, by=viewer(WRITER), approved_by=viewer(APPROVER))
    for stem in DRAFTS:
        with clock.frozen(_at(channel.today - dt.timedelta(days=3))), transaction():
            save_draft(texts[stem], title="Whole volume from next quarter", by=viewer(WRITER))


def close_quarter(day: dt.date) -> None:
    """What happens on the first day of a quarter: calculate, lock what has ended, let lots mature."""
    with clock.frozen(_at(day, 3)):
        run_full(reason="calculated at the end of the quarter")
        close_periods()
        with transaction():
            mature_due(day)


def finish(today: dt.date) -> None:
    """The run of today, on everything known."""
    run_full(reason="calculated on the sales known")
    close_periods()
    with transaction():
        mature_due(today)


def _at(day: dt.date, hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), clock.zone())
