"""Who has not reported: the calendar, reminders, sign-offs, and statements on incomplete data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import session, transaction
from portal.jobs.outbox import deliver_all
from portal.notifications.models import SentMail
from portal.partners.people.models import Person
from portal.partners.supply.services import start_supply
from portal.partners.territories.services import assign_territories
from portal.reactions import REACTIONS
from portal.sales.imports.models import ImportJob
from portal.sales.reporting.counting import refresh_touched
from portal.sales.reporting.jobs import chase_reports
from portal.sales.reporting.models import ReportDuty, ReportReminder
from portal.sales.reporting.queries import list_gaps, reports_of
from portal.security.viewer import SYSTEM, Viewer
from tests.people import Cast, fresh
from tests.sales.conftest import line

As = Callable[[Person | Viewer], FlaskClient]
Importer = Callable[..., ImportJob]
NOW = dt.datetime(2026, 11, 19, 10, 41, tzinfo=dt.UTC)
FORM = {"source": "pos", "kind": "sales", "flow": "sell_in", "rhythm": "month", "due_days": "5", "partner": "",
        "contact_name": "Nora Lane", "contact_email": "nora@feeds.example", "valid_from": "2026-08-01"}  # fmt: skip
OCTOBER = "2026-10-01"


@pytest.fixture
def db(app: Flask) -> scoped_session[Session]:
    """The app's own database."""
    return session


def plan(client: FlaskClient, **more: str) -> int:
    answer = client.post("/reporting/duties/add", data=FORM | more)
    assert answer.status_code == 303, answer.text
    return int(answer.location.rsplit("/", 1)[1])


def report_on(imported: Importer, day: str, at: str, number: int = 1) -> None:
    """A file with one line of a day, confirmed at a moment, and what follows from it."""
    with clock.frozen(at):
        imported(line(f"N{number}-{day}", number, "10.00", day=dt.date.fromisoformat(day)))
        with transaction():
            refresh_touched("pos", dt.date.fromisoformat(day), dt.date.fromisoformat(day))


def states(duty_id: int) -> dict[str, str]:
    duty = session.get_one(ReportDuty, duty_id)
    return {one.period.title.split()[0]: one.state.value for one in reports_of([duty])}


def test_a_planned_file_is_received_late_or_missing_as_the_journal_says(cast: Cast, imported: Importer, as_: As):
    report_on(imported, "2026-08-11", "2026-09-03T09:00:00", 1)
    report_on(imported, "2026-09-15", "2026-10-20T09:00:00", 2)
    with clock.frozen(NOW):
        duty = plan(as_(cast.channel_manager))
        assert states(duty) == {"November": "open", "October": "late", "September": "came_late", "August": "received"}
    with clock.frozen(NOW + dt.timedelta(days=30)):
        assert states(duty)["October"] == "missing"


def test_lines_that_come_before_the_end_of_the_period_are_not_its_file(cast: Cast, imported: Importer, as_: As):
    with clock.frozen(NOW):
        duty = plan(as_(cast.channel_manager), valid_from="2026-10-01")
    report_on(imported, "2026-10-05", "2026-10-20T09:00:00")
    with clock.frozen(NOW):
        assert states(duty)["October"] == "late"
    report_on(imported, "2026-11-02", "2026-11-19T10:00:00", 2)
    with clock.frozen(NOW):
        assert states(duty)["October"] == "came_late"


def test_the_contact_is_asked_once_by_mail_and_again_only_by_hand_and_not_twice_a_day(
    app: Flask, cast: Cast, imported: Importer, as_: As
):
    manager = as_(cast.channel_manager)
    with clock.frozen(NOW):
        duty = plan(manager, valid_from="2026-10-01")
        assert chase_reports() == 1
        assert chase_reports() == 0
        with app.test_request_context():
            deliver_all(REACTIONS)
        sent = session.execute(select(SentMail.address, SentMail.subject)).all()
        assert [tuple(row) for row in sent] == [("nora@feeds.example", "The file for October 2026 is missing")]
        again = manager.post(f"/reporting/duties/{duty}/{OCTOBER}/remind")
        assert again.status_code == 409
        assert "asked today already" in again.text
    with clock.frozen(NOW + dt.timedelta(days=1)):
        assert manager.post(f"/reporting/duties/{duty}/{OCTOBER}/remind").status_code == 303
        assert session.scalar(select(func.count()).select_from(ReportReminder)) == 2
        early = manager.post(f"/reporting/duties/{duty}/2026-11-01/remind")
        assert early.status_code == 409
        assert "not missing" in early.text


def test_finance_signs_a_gap_off_and_nobody_else(cast: Cast, imported: Importer, as_: As):
    with clock.frozen(NOW):
        duty = plan(as_(cast.channel_manager), valid_from="2026-10-01")
        url = f"/reporting/duties/{duty}/{OCTOBER}/answer"
        data = {"answer": "accepted", "reason": "Their system is down until spring."}
        for person in cast.people:
            if person.role != "finance":
                assert as_(person).post(url, data=data).status_code == 403, person.email
        finance = as_(cast.finance)
        for wrong in ({"answer": "accepted"}, {"answer": "perhaps", "reason": "x"}, {}, data | {"reason": "x" * 501},
                      data | {"reason": "a\x00b"}):  # fmt: skip
            refused = finance.post(url, data=wrong)
            assert refused.status_code == 422, wrong
        assert "Their system" in finance.post(url, data=data | {"answer": ""}).text
        assert finance.post(url, data=data).status_code == 303
        assert states(duty)["October"] == "answered"
        assert "Their system is down until spring." in finance.get(f"/reporting/duties/{duty}").text
        assert finance.post(url, data=data).status_code == 409
        with pytest.raises(DatabaseError), transaction():
            session.execute(text("UPDATE report_answer SET reason = 'x'"))
        session.rollback()


def test_a_statement_on_incomplete_data_says_so_and_after_the_sign_off_says_that(
    cast: Cast, imported: Importer, as_: As
):
    report_on(imported, "2026-08-11", "2026-09-03T09:00:00", 1)
    with clock.frozen(NOW):
        duty = plan(as_(cast.channel_manager))
        finance, owner = as_(cast.finance), as_(cast.partner_admin)
        third = f"/statements/{cast.shop.code}/2026-Q3"
        shown = owner.get(third).text
        assert "Computed on incomplete data" in shown
        assert "No sales from “pos” for September 2026" in shown
        assert "August 2026" not in shown
        finance.post(f"/reporting/duties/{duty}/2026-09-01/answer", data={"answer": "accepted", "reason": "Too small."})
        shown = owner.get(third).text
        assert "incomplete data" not in shown
        assert "Flora Lund accepted the figures without them on 19 November 2026: Too small." in shown
        finance.post(f"/reporting/duties/{duty}/{OCTOBER}/answer", data={"answer": "nothing_sold", "reason": "Closed."})
        assert "Computed" not in owner.get(f"/statements/{cast.shop.code}/2026-Q4").text


def test_a_gap_concerns_those_the_source_speaks_for_and_the_flow_that_counts(cast: Cast, as_: As):
    with clock.frozen(NOW):
        plan(as_(cast.channel_manager), partner="D-NORTH", flow="sell_through", valid_from="2026-10-01")
        with transaction():
            start_supply(fresh(cast.distributor), fresh(cast.shop), valid_from=dt.date(2026, 1, 1), by=SYSTEM)
        days = (dt.date(2026, 10, 1), dt.date(2027, 1, 1), NOW)
        assert [one.partner for one in list_gaps(cast.shop.id, ["sell_through"], *days)] == ["Northern Wheels"]
        assert list_gaps(cast.distributor.id, ["sell_through"], *days)
        assert not list_gaps(cast.rival_shop.id, ["sell_through"], *days)
        assert not list_gaps(cast.shop.id, ["sell_in"], *days)


def test_the_page_is_searched_filtered_sorted_and_kept_as_csv(cast: Cast, as_: As):
    with clock.frozen(NOW):
        manager = as_(cast.channel_manager)
        plan(manager)
        plan(manager, source="north-feed", partner="D-NORTH", rhythm="week", valid_from="2026-10-01")
        shown = manager.get("/reporting?show=eyes").text
        assert "Northern Wheels" in shown
        assert "Northern Wheels" not in manager.get("/reporting?rhythm=month").text
        assert "Northern Wheels" in manager.get("/reporting?q=NORTHERN").text
        assert "No file fits" in manager.get("/reporting?q=zzqxzz").text
        for odd in ("sort=-due", "sort=lines", "sort=%27", "page=99999999999", "show=zz", "q=%00%25", "rhythm=%F0"):
            assert manager.get(f"/reporting?{odd}").status_code == 200, odd
        rows = manager.get("/reporting.csv?rhythm=month").text.splitlines()
        assert rows[0].startswith("source,file,flow,partner,period")
        assert len(rows) == 1 + 4
        assert "Who has not reported" in manager.get("/").text
        assert "Who has not reported" in as_(cast.finance).get("/").text
        assert "Who has not reported" not in as_(cast.partner_admin).get("/").text


@pytest.mark.parametrize(
    "wrong",
    [{"source": ""}, {"due_days": "0"}, {"due_days": "61"}, {"due_days": "soon"}, {"due_days": "9" * 30},
     {"contact_email": "nora"}, {"valid_from": "2019-01-01"}, {"valid_from": "31.2."}, {"partner": "NO-SUCH"},
     {"rhythm": "year"}, {"kind": "people"}, {"source": "a\x00b"}, {"source": "x" * 65}],
)  # fmt: skip
def test_a_duty_without_sense_is_refused_and_what_was_typed_is_kept(cast: Cast, as_: As, wrong: dict[str, str]):
    with clock.frozen(NOW):
        answer = as_(cast.channel_manager).post("/reporting/duties/add", data=FORM | {"contact_name": "Xenia"} | wrong)
        assert answer.status_code == 422
        assert "Xenia" in answer.text
        assert session.scalar(select(func.count()).select_from(ReportDuty)) == 0


def test_the_same_file_is_not_planned_twice_and_an_ended_duty_owes_nothing_more(cast: Cast, as_: As):
    with clock.frozen(NOW):
        manager = as_(cast.channel_manager)
        duty = plan(manager)
        twin = manager.post("/reporting/duties/add", data=FORM)
        assert twin.status_code == 422
        assert "owes this file already" in twin.text
        assert manager.post(f"/reporting/duties/{duty}/end", data={"valid_until": "x"}).status_code == 422
        assert manager.post(f"/reporting/duties/{duty}/end", data={"valid_until": "2026-10-01"}).status_code == 303
        assert states(duty) == {"September": "missing", "August": "missing"}
        assert manager.post(f"/reporting/duties/{duty}/end", data={"valid_until": "2026-10-02"}).status_code == 409
        plan(manager)


def test_a_managers_calendar_ends_at_the_territories_and_partners_have_none(cast: Cast, as_: As):
    with clock.frozen(NOW):
        duty = plan(as_(cast.channel_manager), partner="AW00000650")
        with transaction():
            place = fresh(cast.shop).territory_id
            assert place is not None
            assign_territories(fresh(cast.second_manager), {place}, by=SYSTEM)
        far = as_(cast.second_manager)
        assert "Permanent Finish" not in far.get("/reporting").text
        assert far.get(f"/reporting/duties/{duty}").status_code == 404
        assert far.post(f"/reporting/duties/{duty}/{OCTOBER}/remind").status_code == 404
        for person in (cast.partner_admin, cast.seller, cast.rival_admin, cast.distributor_admin):
            assert as_(person).get("/reporting").status_code == 403
        for person in (cast.finance, cast.auditor, cast.admin):
            assert as_(person).get(f"/reporting/duties/{duty}").status_code == 200
        manager = as_(cast.channel_manager)
        for path in ("1999-01-01", "nonsense", "2026-10-02"):
            assert manager.post(f"/reporting/duties/{duty}/{path}/remind").status_code == 404
