"""Changed terms are told by mail with their answer day, and who has not answered is reminded once before it."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.jobs.outbox import deliver_waiting
from portal.notifications.models import Notification, SentMail
from portal.partners.people.models import Person
from portal.programs.definitions.models import Program
from portal.programs.definitions.queries import find_program
from portal.programs.definitions.services import publish_version
from portal.programs.enrollments.queries import terms_of
from portal.programs.enrollments.services import accept_terms, join_program, leave_program
from portal.programs.rollouts.jobs import run_waiting_rollouts
from portal.programs.rollouts.reminding import remind_of_answer_days
from portal.programs.simulation.jobs import run_waiting_simulations
from portal.reactions import REACTIONS
from tests.people import fresh, viewer_of
from tests.programs.shop_year import TODAY, Channel, open_channel
from tests.programs.test_participation import As, read
from tests.programs.test_rollouts import mails
from tests.programs.test_terms import CLUB, TEXT

OTHER = "You keep your invoices for ten years."
EARLY, NEAR, NEXT, LATE = "2026-12-02T07:15", "2026-12-03T07:15", "2026-12-04T07:15", "2026-12-10T07:15"


def publish(channel: Channel, text: str, since: str, *, by: str = "", announce: bool = False) -> None:
    """A version of the club with these terms, from a day on, to be accepted by a day."""
    plan = CLUB.format(since=since, enrollment="opt_in", terms=text.replace("\n", "\n  "))
    plan = plan.replace("qualify:", f"accept_by: {by}\nqualify:") if by else plan
    cast = channel.cast
    with clock.frozen(TODAY), transaction():
        publish_version(
            plan, by=viewer_of(cast.channel_manager), approved_by=viewer_of(cast.second_manager), announce=announce,
            inside_period="recalculate",
        )  # fmt: skip


@pytest.fixture
def channel(app: Flask) -> Channel:
    """The shop has joined the club; its terms change on 1 December and are to be accepted by the 10th."""
    channel = open_channel()
    publish(channel, TEXT, "2026-01-01")
    with clock.frozen(TODAY), transaction():
        club = the_club()
        join_program(
            club, fresh(channel.cast.shop), day=clock.today(), accepted=terms_of(club)[0].digest,
            by=viewer_of(channel.cast.partner_admin),
        )  # fmt: skip
    return channel


def the_club() -> Program:
    found = find_program("club")
    assert found is not None
    return found


def remind(app: Flask, at: str) -> int:
    """What the job tells, and what comes of it."""
    with app.app_context(), clock.frozen(at):
        count = remind_of_answer_days()
        while deliver_waiting(REACTIONS):
            pass
    return count


def subjects(person: Person) -> list[str]:
    query = select(SentMail.subject).where(SentMail.address == person.email).order_by(SentMail.id)
    found = [subject for subject in session.scalars(query) if "Dealer club" in subject]
    session.rollback()
    return found


def told(person: Person) -> list[str]:
    query = select(Notification.sentence).where(Notification.person_id == person.id).order_by(Notification.id)
    found = [sentence for sentence in session.scalars(query) if sentence.startswith("Dealer club")]
    session.rollback()
    return found


def test_who_has_not_answered_is_reminded_once_a_week_before_the_day(app: Flask, channel: Channel) -> None:
    publish(channel, OTHER, "2026-12-01", by="2026-12-10")
    admin = channel.cast.partner_admin
    assert [remind(app, at) for at in (EARLY, NEAR, NEXT, LATE)] == [0, 1, 0, 0]
    assert subjects(admin) == ["Dealer club: accept the changed terms by 10 December 2026"]
    assert told(admin) == [
        "Dealer club: accept the changed terms by 10 December 2026. What you sell from that day on counts only once "
        "you have."
    ]
    mail = mails(app)[admin.email]
    assert "What you sell from that day on counts only once you have." in mail
    assert "/my-programs/club" in mail
    for other in (channel.cast.seller, channel.cast.rival_admin, channel.cast.distributor_admin):
        assert (subjects(other), told(other)) == ([], [])
    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "terms.answer_reminded")).one()
    assert json.loads(entry.after or "")["recipients"] == 1
    session.rollback()


def test_the_manager_sees_that_the_portal_reminded(app: Flask, channel: Channel, as_: As) -> None:
    publish(channel, OTHER, "2026-12-01", by="2026-12-10")
    page = read(as_(channel.cast.channel_manager), "/programs/club/participants")
    assert "by the portal, to" not in page
    remind(app, NEAR)
    page = read(as_(channel.cast.channel_manager), "/programs/club/participants")
    assert "by the portal, to 1 person." in page


def test_a_worker_that_stood_still_reminds_as_soon_as_it_runs(app: Flask, channel: Channel) -> None:
    publish(channel, OTHER, "2026-12-01", by="2026-12-10")
    assert remind(app, "2026-12-08T11:00") == 1


def test_who_has_accepted_or_leaves_before_the_day_is_left_in_peace(app: Flask, channel: Channel) -> None:
    publish(channel, OTHER, "2026-12-01", by="2026-12-10")
    by = viewer_of(channel.cast.partner_admin)
    with clock.frozen("2026-12-01T09:00"), transaction():
        accept_terms(the_club(), fresh(channel.cast.shop), accepted=terms_of(the_club())[-1].digest, by=by)
    assert remind(app, NEAR) == 0
    publish(channel, "You keep them for ever.", "2027-01-01")
    with clock.frozen(NEAR), transaction():
        leave_program(the_club(), fresh(channel.cast.shop), day=clock.today().replace(day=20), by=by)
    assert remind(app, "2026-12-28T07:15") == 0


def test_terms_without_an_answer_day_of_their_own_are_due_on_the_first_day(app: Flask, channel: Channel) -> None:
    publish(channel, OTHER, "2026-12-01")
    assert remind(app, "2026-11-25T07:15") == 1
    assert subjects(channel.cast.partner_admin) == ["Dealer club: accept the changed terms by 1 December 2026"]


def test_other_terms_are_another_reminder(app: Flask, channel: Channel) -> None:
    publish(channel, OTHER, "2026-12-01")
    assert remind(app, "2026-11-25T07:15") == 1
    publish(channel, "You keep them for ever.", "2027-01-01")
    assert remind(app, "2026-12-28T07:15") == 1
    assert len(subjects(channel.cast.partner_admin)) == 2


@pytest.mark.parametrize(("text", "asked"), [(OTHER, True), (TEXT, False)])
def test_a_new_version_is_mailed_with_its_answer_day_only_where_its_terms_are_new(
    app: Flask, channel: Channel, text: str, asked: bool
) -> None:
    publish(channel, text, "2027-01-01", announce=True)
    with app.app_context(), clock.frozen(TODAY):
        while deliver_waiting(REACTIONS):
            pass
        run_waiting_simulations()
        run_waiting_rollouts()
        while deliver_waiting(REACTIONS):
            pass
    admin = channel.cast.partner_admin
    assert subjects(admin) == ["Dealer club changes from 1 January 2027"]
    waits = "Accept its terms by 1 January 2027: what you sell from that day on counts only once you have."
    assert (waits in mails(app)[admin.email]) is asked
    assert "must be accepted before it pays" not in mails(app)[admin.email]
    assert "/my-programs/club\n" in mails(app)[admin.email]
    (sentence,) = told(admin)
    assert sentence.endswith("Read and accept its terms by 1 January 2027.") is asked
    facts = session.scalars(select(OutboxRow.payload).where(OutboxRow.fact == "VersionTold")).all()
    assert [json.loads(payload)["terms"] for payload in facts] == [asked]
    session.rollback()
