"""A question without an answer: reminders, the lapse, and opening the claim again; and claims that come too late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.claims.jobs import chase_questions
from portal.claims.models import Claim, ClaimState
from portal.claims.queries import lock_claim
from portal.claims.review import services as review
from portal.claims.rules import due_reminder
from portal.config import SettingsError, load_settings
from portal.core import clock
from portal.core.db import session, transaction
from portal.core.events import OutboxRow
from portal.jobs.outbox import deliver_all
from portal.notifications.models import Notification, SentMail
from portal.partners.people.models import Person
from portal.reactions import REACTIONS
from portal.security.viewer import SYSTEM, Viewer
from tests.claims.world import NOW, World, draft_claim, file_claim, reload
from tests.people import viewer_of

As = Callable[[Person | Viewer], FlaskClient]
ASKED = dt.datetime.fromisoformat(NOW)


def asked_claim(world: World, **options: object) -> Claim:
    claim = file_claim(world, **options)
    manager = viewer_of(world.cast.channel_manager)
    with transaction():
        locked = lock_claim(manager, claim.id)
        review.request_information(locked, question="Which day?", by=manager, version=claim.version)
    return reload(claim, manager)


def after(days: int) -> dt.datetime:
    return ASKED + dt.timedelta(days=days)


def state_of(claim: Claim) -> str:
    return reload(claim, SYSTEM).state


def facts(name: str) -> int:
    return session.scalar(select(func.count()).where(OutboxRow.fact == name)) or 0


def test_reminders_go_out_on_days_3_7_and_12_and_each_only_once(world: World):
    asked_claim(world)
    told = []
    for day in range(15):
        with clock.frozen(after(day)):
            told.append(chase_questions()[0])
            assert chase_questions() == (0, 0)
    assert [day for day, number in enumerate(told) if number] == [3, 7, 12]
    assert facts("AnswerReminded") == 3


def test_days_without_a_worker_bring_one_reminder_and_not_three():
    start = ASKED.date()
    assert due_reminder(start, start + dt.timedelta(14), start + dt.timedelta(13), 0) == 12
    assert due_reminder(start, start + dt.timedelta(5), start + dt.timedelta(5), 0) == 3
    assert due_reminder(start, start + dt.timedelta(14), start + dt.timedelta(2), 0) is None


def test_an_unanswered_question_lapses_the_claim_after_its_last_day_and_only_then(world: World):
    claim = asked_claim(world)
    assert claim.answer_by == ASKED.date() + dt.timedelta(14)
    with clock.frozen(after(14)):
        chase_questions()
    assert state_of(claim) == ClaimState.INFO_REQUESTED
    with clock.frozen(after(15)):
        assert chase_questions() == (0, 1)
        assert chase_questions() == (0, 0)
    assert state_of(claim) == ClaimState.WITHDRAWN
    assert facts("ClaimLapsed") == 1


def test_an_answered_question_never_lapses(site: World, as_: As):
    claim = asked_claim(site)
    seller = as_(site.cast.seller)
    answer = seller.post("/claims/draft/submit", data={"claim_id": claim.id, "answer": "On Thursday."})
    assert answer.status_code == 303
    with clock.frozen(after(40)):
        assert chase_questions() == (0, 0)
    assert state_of(claim) == ClaimState.SUBMITTED


@pytest.mark.one_database
def test_the_claim_says_until_when_an_answer_is_expected_to_everybody_concerned(site: World, as_: As):
    claim = asked_claim(site)
    seller, manager = as_(site.cast.seller), as_(site.cast.channel_manager)
    for path in (f"/claims/{claim.id}", f"/claims/{claim.id}/edit"):
        assert "Answer by 3 December 2026" in seller.get(path).text
    assert "lapses after that day" in seller.get("/claims/needs-me").text
    assert "expected by 3 December 2026" in manager.get(f"/claims/{claim.id}/review").text
    assert "can answer until 3 December 2026" in manager.get(f"/claims/{claim.id}").text


def test_the_seller_opens_a_lapsed_claim_again_and_answers(site: World, as_: As):
    claim = asked_claim(site)
    seller = as_(site.cast.seller)
    with clock.frozen(after(15)):
        chase_questions()
        shown = seller.get(f"/claims/{claim.id}").text
        assert "Lapsed without an answer" in shown
        assert "3 January 2027" in shown
        assert seller.post(f"/claims/{claim.id}/reopen").status_code == 303
        again = reload(claim, SYSTEM)
        assert (again.state, again.answer_by) == (ClaimState.INFO_REQUESTED, after(29).date())
        assert again.submitted_at == claim.submitted_at
        data = {"claim_id": claim.id, "answer": "On Thursday."}
        assert seller.post("/claims/draft/submit", data=data).status_code == 303
    answered = reload(claim, SYSTEM)
    assert (answered.state, answered.lapsed_on, answered.answer_by) == (ClaimState.SUBMITTED, None, None)


def test_after_30_days_the_way_back_is_closed_in_words_and_a_second_lapse_does_not_lengthen_it(site: World, as_: As):
    claim = asked_claim(site)
    seller = as_(site.cast.seller)
    with clock.frozen(after(15)):
        chase_questions()
        seller.post(f"/claims/{claim.id}/reopen")
    with clock.frozen(after(30)):
        chase_questions()
        assert state_of(claim) == ClaimState.WITHDRAWN
    with clock.frozen(after(46)):
        answer = seller.post(f"/claims/{claim.id}/reopen")
    assert answer.status_code == 409
    assert "30 days" in answer.text
    assert "exception" in answer.text
    assert state_of(claim) == ClaimState.WITHDRAWN


def test_nobody_else_opens_it_and_a_claim_taken_back_by_hand_stays_closed(site: World, as_: As):
    claim, other = asked_claim(site), asked_claim(site, invoice_no="FB-2000")
    cast = site.cast
    as_(cast.seller).post(f"/claims/{other.id}/withdraw")
    assert as_(cast.seller).post(f"/claims/{other.id}/reopen").status_code == 409
    with clock.frozen(after(15)):
        chase_questions()
        for person, status in ((cast.rival_seller, 404), (cast.partner_admin, 403), (cast.channel_manager, 403),
                               (cast.finance, 403), (cast.auditor, 403), (cast.admin, 403)):  # fmt: skip
            assert as_(person).post(f"/claims/{claim.id}/reopen").status_code == status, person.email
        assert "Open it again" not in as_(cast.partner_admin).get(f"/claims/{claim.id}").text
    assert {state_of(claim), state_of(other)} == {ClaimState.WITHDRAWN}


def test_a_sale_claimed_anew_meanwhile_is_not_opened_a_second_time(site: World, as_: As):
    claim = asked_claim(site)
    with clock.frozen(after(15)):
        chase_questions()
        file_claim(site)
        answer = as_(site.cast.seller).post(f"/claims/{claim.id}/reopen")
    assert answer.status_code == 409
    assert "FB-1042 has been claimed again" in answer.text


def test_reminder_and_lapse_reach_the_seller_by_mail_and_notice(app: Flask, site: World):
    claim = asked_claim(site)
    with app.test_request_context():
        for day in (3, 15):
            with clock.frozen(after(day)):
                chase_questions()
                deliver_all(REACTIONS)
    subjects = session.scalars(select(SentMail.subject).where(SentMail.address == site.cast.seller.email)).all()
    assert f"Claim {claim.number} still waits for your answer" in subjects
    assert f"Claim {claim.number} has lapsed" in subjects
    kinds = set(session.scalars(select(Notification.kind).where(Notification.person_id == site.cast.seller.id)))
    assert {"answer_reminded", "claim_lapsed"} <= kinds


@pytest.mark.one_database
def test_the_days_are_a_setting_and_a_wrong_one_is_refused_by_name():
    assert load_settings({}).answer_within_days == 14
    assert load_settings({"PORTAL_ANSWER_WITHIN_DAYS": "5"}).answer_within_days == 5
    for wrong in ("0", "-3", "soon", "366", "９"):
        with pytest.raises(SettingsError, match="PORTAL_ANSWER_WITHIN_DAYS"):
            load_settings({"PORTAL_ANSWER_WITHIN_DAYS": wrong})


def test_a_late_claim_is_refused_with_the_way_to_an_exception_which_a_second_person_decides(site: World, as_: As):
    cast, long_ago = site.cast, ASKED.date() - dt.timedelta(120)
    late = draft_claim(site, sold_on=long_ago)
    answer = as_(cast.seller).post("/claims/draft/submit", data={"claim_id": late.id})
    assert answer.status_code == 422
    assert "Your channel manager can make an exception and file it for you." in answer.text
    manager = as_(cast.channel_manager)
    claim = draft_claim(site, sold_on=long_ago, by=cast.channel_manager, invoice_no="FB-9")
    answer = manager.post("/claims/draft/submit", data={"claim_id": claim.id})
    assert answer.status_code == 422
    assert "why you make an exception" in answer.text
    data = {"claim_id": claim.id, "note": "Their till was broken."}
    assert manager.post("/claims/draft/submit", data=data).status_code == 303
    assert reload(claim, SYSTEM).risk >= 10
    assert "filed it as an exception: Their till was broken." in (
        as_(cast.second_manager).get(f"/claims/{claim.id}/review").text
    )
