"""What people are told after which fact."""

import pytest
from sqlalchemy import select

from portal.claims.queries import lock_claim
from portal.claims.review import services as review
from portal.claims.submission import services as submission
from portal.core import clock
from portal.core.db import session, transaction
from portal.jobs.outbox import deliver_all
from portal.ledger.models import LedgerOwner
from portal.ledger.services import confirm_adjustment, propose_adjustment
from portal.notifications.models import Notification
from portal.programs.runs.jobs import close_periods
from portal.reactions import REACTIONS
from portal.security.viewer import Role
from tests.claims.world import NOW, World, file_claim, make_world
from tests.people import add_member, viewer_of


@pytest.fixture
def site(app, tmp_path):
    with app.app_context(), clock.frozen(NOW):
        yield make_world(tmp_path / "files")


def told(person_id: int) -> list[str]:
    deliver_all(REACTIONS)
    return list(session.scalars(select(Notification.sentence).where(Notification.person_id == person_id)))


def decide(site: World, claim_id: int, verb, **more) -> None:
    by = viewer_of(site.cast.channel_manager)
    with transaction():
        claim = lock_claim(by, claim_id)
        verb(claim, by=by, version=claim.version, **more)


def test_an_approval_is_told_with_stars_invoice_and_approver(site: World):
    claim = file_claim(site)
    decide(site, claim.id, review.approve_claim, shown_points=claim.expected_points)
    assert f"{claim.expected_points} stars for FB-1042, approved by Tess Moran." in told(site.cast.seller.id)


def test_a_rejection_and_a_reversal_say_why(site: World):
    first, second = file_claim(site), file_claim(site, invoice_no="FB-1043")
    decide(site, first.id, review.reject_claim, reason_code="other", note="The shop is not named.")
    decide(site, second.id, review.approve_claim, shown_points=second.expected_points)
    decide(site, second.id, review.reverse_claim, reason="Sold to ourselves")
    sentences = " ".join(told(site.cast.seller.id))
    assert "was rejected" in sentences
    assert "The shop is not named." in sentences
    assert "was taken back: Sold to ourselves" in sentences


def test_a_question_reaches_the_seller_and_the_answer_who_asked(site: World):
    claim = file_claim(site)
    decide(site, claim.id, review.request_information, question="Which bike?")
    with transaction():
        seller = viewer_of(site.cast.seller)
        submission.answer_request(lock_claim(seller, claim.id), answer="The red one", by=seller)
    assert any("needs your answer: Which bike?" in sentence for sentence in told(site.cast.seller.id))
    assert any("was answered: The red one" in sentence for sentence in told(site.cast.channel_manager.id))


@pytest.mark.parametrize("whose", ["seller", "shop"])
def test_an_adjustment_is_told_to_whoever_owns_the_balance(site: World, whose: str):
    with transaction():
        second = add_member("finance2@demo.example", "Finn Lund", Role.FINANCE)
        owner = session.get_one(LedgerOwner, getattr(site.cast, whose).owner_id)
        proposed = propose_adjustment(owner, "points", 50, "Thanks for the fair", by=viewer_of(site.cast.finance))
    with transaction():
        confirm_adjustment(proposed.id, by=viewer_of(second))
    reader = site.cast.seller if whose == "seller" else site.cast.partner_admin
    assert "Your balance was adjusted by 50 stars: Thanks for the fair" in told(reader.id)


def test_a_closed_period_is_told_to_those_who_earned_in_it(site: World):
    with clock.frozen("2027-02-05T10:00"):
        close_periods()
        assert told(site.cast.rival_admin.id) == []
