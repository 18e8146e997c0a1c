"""A published version is told to those it touches, each with what it would have meant to them."""

from __future__ import annotations

import csv
import io
import json
from email import message_from_bytes, policy

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.notifications.mail import mail_folder
from portal.notifications.models import Notification
from portal.programs.definitions.services import publish_version
from portal.programs.rollouts import jobs, services
from portal.programs.rollouts.jobs import run_waiting_rollouts
from portal.programs.rollouts.models import Rollout
from portal.programs.simulation.jobs import run_waiting_simulations
from portal.programs.simulation.models import SimulationRow, SimulationRun, SimulationState
from portal.reactions import REACTIONS
from tests.conventions.markup import faults
from tests.people import viewer_of
from tests.programs.shop_year import HELMETS, SPRINT_PLAN, TODAY, VOLUME, Channel, closed_quarter, volume_plan
from tests.programs.test_studio import As

Q3 = "From 1 July 2026 to 30 September 2026"


@pytest.fixture
def channel(app: Flask) -> Channel:
    """The walk's shop: 46.37 earned in the locked third quarter."""
    return closed_quarter()


def publish(channel: Channel, text: str, *, inside_period: str | None = None) -> None:
    """Publish and announce a version, as the studio does."""
    by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
    with clock.frozen(TODAY), transaction():
        publish_version(text, by=by, approved_by=approver, inside_period=inside_period, announce=True)


def deliver(app: Flask, fact: str) -> None:
    """Call the listeners of every fact of a name, as the worker does."""
    with app.app_context(), clock.frozen(TODAY):
        for row in session.scalars(select(OutboxRow).where(OutboxRow.fact == fact)).all():
            payload = {**json.loads(row.payload), "fact_id": row.id}
            for listener in REACTIONS[fact]:
                with transaction():
                    listener(payload)


def work(app: Flask) -> None:
    """Everything the worker does from the publication to the notices."""
    deliver(app, "ProgramAnnounced")
    with clock.frozen(TODAY):
        run_waiting_simulations()
        run_waiting_rollouts()
    deliver(app, "VersionTold")


def notices(person: object) -> list[str]:
    """What somebody reads in the portal."""
    session.rollback()
    query = select(Notification.sentence).where(Notification.person_id == person.id)  # type: ignore[attr-defined]
    return list(session.scalars(query.order_by(Notification.id)))


def mails(app: Flask) -> dict[str, str]:
    """The text of every mail by its address."""
    found = {}
    for file in mail_folder(app.extensions["settings"]).glob("*.eml"):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = message.get_body(("plain",))
        found[str(message["To"])] = f"{message['Subject']}\n{body.get_content() if body else ''}"
    return found


def read(as_: As, person: object, address: str, status: int = 200) -> str:
    """A page as one line of text."""
    with clock.frozen(TODAY):
        answer = as_(person).get(address)  # type: ignore[arg-type]
    assert answer.status_code == status, (address, answer.status_code, answer.text[-500:])
    if "<html" in answer.text:
        assert faults(answer.text) == [], address
    return " ".join(answer.text.split())


def test_a_partner_reads_what_changes_and_what_last_quarter_would_have_paid(app: Flask, channel: Channel, as_: As):
    publish(channel, volume_plan("whole", "2027-01-01"))
    work(app)
    told = notices(channel.cast.partner_admin)
    assert len(told) == 1
    assert told[0].startswith("Accessories and clothing volume rebate is changed to version 2 from 1 January 2027.")
    assert told[0].endswith(f"{Q3} you would have earned 80.87 instead of 46.37 USD.")
    assert "How the bands pay: from each on its own part to the reached one on everything." in told[0]
    assert "First day" not in told[0]
    mail = mails(app)[channel.cast.partner_admin.email]
    for part in (
        "changes from 1 January 2027",
        "* How the bands pay",
        "80.87 instead of 46.37 USD",
        "/my-programs/",
    ):
        assert part in mail, part
    page = read(as_, channel.cast.partner_admin, f"/my-programs/{VOLUME}")
    assert "What changes on 1 January 2027" in page
    assert f"{Q3} you would have earned" in page
    listed = read(as_, channel.cast.partner_admin, "/my-programs")
    assert "80.87 instead of 46.37 USD" in listed
    assert "What changes" not in read(as_, channel.cast.partner_admin, "/my-programs/parts-growth")


def test_goal_and_budget_are_the_vendors_business(app: Flask, channel: Channel, as_: As) -> None:
    publish(channel, volume_plan("marginal", "2027-01-01").replace("amount: 60000", "amount: 71234"))
    work(app)
    told = [notices(channel.cast.partner_admin)[0], mails(app)[channel.cast.partner_admin.email]]
    told.append(read(as_, channel.cast.partner_admin, f"/my-programs/{VOLUME}"))
    for text in told:
        assert "stays as it is" in text
        assert "the same: 46.37 USD." in text
        assert "71,234" not in text


def test_nobody_else_is_told_and_nobody_twice(app: Flask, channel: Channel) -> None:
    publish(channel, volume_plan("whole", "2027-01-01"))
    work(app)
    work(app)
    for person in (channel.cast.rival_admin, channel.cast.seller, channel.cast.distributor_admin):
        assert notices(person) == []
    assert len(notices(channel.cast.partner_admin)) == 1
    assert set(mails(app)) == {channel.cast.partner_admin.email}


def test_a_version_that_rates_the_past_again_is_held_beside_those_before_it(app: Flask, channel: Channel) -> None:
    publish(channel, volume_plan("whole", "2026-01-01"))
    work(app)
    assert notices(channel.cast.partner_admin)[0].endswith("80.87 instead of 46.37 USD.")


def test_each_seller_reads_the_own_stars_of_the_campaign_so_far_and_the_admin_no_colleagues(
    app: Flask, channel: Channel
):
    channel.sold_out("2026-11-10T09:00", ("T-1", "HL-U509", 4))
    publish(channel, SPRINT_PLAN.replace("amount: 40", "amount: 50"), inside_period="recalculate")
    work(app)
    days = "From 19 October 2026 to 15 November 2026"
    assert notices(channel.cast.seller)[-1].endswith(f"{days} you would have earned 200 instead of 160 stars.")
    assert notices(channel.cast.partner_admin)[-1].endswith("It pays your people; each of them reads their own figure.")
    assert channel.cast.seller.email not in mails(app)


def test_a_first_version_says_what_it_would_have_paid(app: Flask, channel: Channel) -> None:
    text = volume_plan("whole", "2027-01-01").replace(VOLUME, "next-volume")
    publish(channel, text)
    work(app)
    assert notices(channel.cast.partner_admin)[0].endswith(f"{Q3} it would have paid you 80.87 USD.")


def test_who_loses_is_told_though_the_version_pays_them_no_longer(app: Flask, channel: Channel) -> None:
    publish(channel, volume_plan("marginal", "2027-01-01").replace("[Northwest]", "[Southwest]"))
    work(app)
    assert notices(channel.cast.partner_admin)[0].endswith(f"{Q3} you would have earned 0.00 instead of 46.37 USD.")
    assert notices(channel.cast.rival_admin)[0].endswith(f"{Q3} you would have earned 191.40 instead of 0.00 USD.")


def test_without_a_closed_period_there_is_no_figure_and_the_reason_is_told(app: Flask, channel: Channel, as_: As):
    young = volume_plan("marginal", "2026-10-05").replace(VOLUME, "young-volume")
    by, approver = viewer_of(channel.cast.channel_manager), viewer_of(channel.cast.second_manager)
    with clock.frozen("2026-10-05T09:00"), transaction():
        publish_version(young, by=by, approved_by=approver)
    publish(channel, young.replace("marginal", "whole"))
    work(app)
    assert notices(channel.cast.partner_admin)[0].endswith("cannot be said: no quarter of the program is over yet.")
    page = read(as_, channel.cast.channel_manager, "/programs/young-volume/versions/2/rollout")
    assert "Nobody reads what it would have paid them: no quarter of the program is over yet." in page


def test_a_calculation_that_was_stopped_leaves_nobody_waiting(app: Flask, channel: Channel) -> None:
    publish(channel, volume_plan("whole", "2027-01-01"))
    deliver(app, "ProgramAnnounced")
    with clock.frozen(TODAY):
        assert run_waiting_rollouts() == 0
        with transaction():
            session.scalars(select(SimulationRun)).one().state = SimulationState.CANCELED
        assert run_waiting_rollouts() == 1
    deliver(app, "VersionTold")
    assert notices(channel.cast.partner_admin)[0].endswith("cannot be said: the calculation was canceled.")


def test_a_calculation_that_never_ends_is_not_waited_for(app: Flask, channel: Channel) -> None:
    publish(channel, volume_plan("whole", "2027-01-01"))
    deliver(app, "ProgramAnnounced")
    with clock.frozen(clock.parse_moment(TODAY) + services.LATEST):
        assert run_waiting_rollouts() == 1
    deliver(app, "VersionTold")
    assert notices(channel.cast.partner_admin)[0].endswith("cannot be said: the calculation did not end in time.")


def test_many_people_are_told_in_small_steps(app: Flask, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 1)
    publish(channel, volume_plan("whole", "2027-01-01").replace("[Northwest]", "[Northwest, Southwest]"))
    deliver(app, "ProgramAnnounced")
    with clock.frozen(TODAY):
        run_waiting_simulations()
        assert run_waiting_rollouts() == 2
    rollout = session.scalars(select(Rollout)).one()
    assert (rollout.told, len(json.loads(rollout.audience))) == (2, 2)
    assert rollout.told_at is not None
    session.rollback()
    deliver(app, "VersionTold")
    assert [len(notices(one)) for one in (channel.cast.partner_admin, channel.cast.rival_admin)] == [1, 1]


def test_other_news_never_stands_far_behind_a_large_roll_out(
    app: Flask, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 1)
    monkeypatch.setattr(jobs, "AHEAD", 1)
    publish(channel, volume_plan("whole", "2027-01-01").replace("[Northwest]", "[Northwest, Southwest]"))
    deliver(app, "ProgramAnnounced")
    with clock.frozen(TODAY):
        run_waiting_simulations()
        assert [run_waiting_rollouts(), run_waiting_rollouts()] == [1, 0]
        with transaction():
            told = OutboxRow.fact == "VersionTold"
            session.execute(update(OutboxRow).where(told).values(delivered_at=clock.now()))
        assert [run_waiting_rollouts(), run_waiting_rollouts()] == [1, 0]
    assert session.scalars(select(Rollout)).one().told_at is not None


def test_the_manager_sees_before_and_after_of_everybody_and_takes_it_along(app: Flask, channel: Channel, as_: As):
    publish(channel, volume_plan("whole", "2027-01-01"))
    deliver(app, "ProgramAnnounced")
    manager, address = channel.cast.channel_manager, f"/programs/{VOLUME}/versions/2/rollout"
    assert "is being calculated" in read(as_, manager, address)
    assert "is being calculated" in read(as_, channel.cast.partner_admin, f"/my-programs/{VOLUME}")
    assert read(as_, manager, f"{address}.csv", 404)
    work(app)
    page = read(as_, manager, address)
    for told in ("How the bands pay", "46.37", "80.87", "34.50", "1 of 1 person", "1 January 2027"):
        assert told in page, told
    assert address in read(as_, manager, f"/programs/{VOLUME}")
    assert "No participant fits" in read(as_, manager, f"{address}?only=losers")
    rows = list(csv.DictReader(io.StringIO(as_(manager).get(f"{address}.csv").text.lstrip("\ufeff"))))
    row = session.scalars(select(SimulationRow)).one()
    assert [(one["participant"], one["before"], one["after"], one["difference"]) for one in rows] == [
        ("AW00000290", "46.37", "80.87", "34.50")
    ]
    assert (row.current, row.own) == (4_637, 8_087)
    read(as_, channel.cast.partner_admin, address, 403)


def test_a_version_nobody_was_told_of_has_no_roll_out(channel: Channel, as_: As) -> None:
    assert read(as_, channel.cast.channel_manager, f"/programs/{HELMETS}/versions/1/rollout", 404)
