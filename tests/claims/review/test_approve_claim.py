"""Approval: the sale enters the journal or its line is credited, the stars are there at once, and four eyes see it."""

import datetime as dt

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEntry
from portal.claims.errors import ClaimChanged, ClaimMoved, OwnClaim
from portal.claims.events import ClaimApproved
from portal.claims.models import Claim, ClaimState, LineState
from portal.claims.queries import lock_claim
from portal.claims.review import services
from portal.claims.review.services import LineDecision
from portal.core.db import session, transaction
from portal.core.errors import InvalidInput
from portal.core.events import OutboxRow
from portal.ledger.queries import balances
from portal.sales.journal.models import SaleLine
from portal.sales.journal.queries import seller_of
from portal.sales.journal.services import NewLine, add_lines, confirm_batch, open_batch
from tests.claims.world import TODAY, World, file_claim, reload
from tests.people import viewer_of


def stars(owner_id: int) -> int:
    found = balances(owner_id).get("points")
    return found.available + found.pending if found else 0


def approve(world: World, claim: Claim, *, points: int = 160, version: int | None = None) -> Claim:
    viewer = viewer_of(world.cast.channel_manager)
    with transaction():
        locked = lock_claim(viewer, claim.id)
        return services.approve_claim(locked, by=viewer, version=version or claim.version, shown_points=points)


def reject(world: World, claim: Claim, code: str, note: str | None) -> None:
    viewer = viewer_of(world.cast.channel_manager)
    with transaction():
        locked = lock_claim(viewer, claim.id)
        services.reject_claim(locked, reason_code=code, note=note, by=viewer, version=claim.version)


def feed_line(world: World, sku: str, quantity: int, *, invoice_no: str = "fb1042", **values: object) -> SaleLine:
    with transaction():
        batch = open_batch("pos", "feed")
        line = NewLine(
            external_id=f"{sku}-{quantity}-{invoice_no}", partner_id=world.cast.shop.id,
            product_id=world.products[sku].id, quantity=quantity, amount=1000 * quantity, currency="USD",
            sold_on=TODAY, flow="sell_out", invoice_no=invoice_no, **values,  # type: ignore[arg-type]
        )  # fmt: skip
        written = add_lines(batch, [line])[0]
        confirm_batch(batch)
    return written


def test_approval_posts_what_was_shown_and_says_why_line_by_line(world: World):
    claim = file_claim(world)
    assert claim.expected_points == 160
    done = approve(world, claim)
    assert (done.state, done.awarded_points) == (ClaimState.APPROVED, 160)
    assert [line.awarded for line in done.lines] == [120, 40, 0]
    assert done.lines[2].expected_reason == "In no program"
    assert stars(world.cast.seller.owner_id) == 160


def test_an_unknown_sale_is_written_as_sell_out_in_a_claim_batch(world: World):
    claim = approve(world, file_claim(world))
    lines = session.scalars(select(SaleLine).order_by(SaleLine.id)).all()
    assert [(line.external_id, line.flow, line.quantity, line.seller_id) for line in lines] == [
        (f"{claim.number}-1", "sell_out", 3, world.cast.seller.id),
        (f"{claim.number}-2", "sell_out", 1, world.cast.seller.id),
        (f"{claim.number}-3", "sell_out", 1, world.cast.seller.id),
    ]
    assert lines[0].amount == 3 * 3499


def test_a_sale_that_the_journal_has_is_credited_and_not_written_again(world: World):
    known = feed_line(world, "HL-U509", 3)
    claim = approve(world, file_claim(world, lines={"HL-U509": 3}), points=120)
    assert claim.lines[0].sale_line_id == known.id
    assert seller_of(known) == world.cast.seller.id
    assert session.scalars(select(SaleLine.id)).all() == [known.id]
    assert stars(world.cast.seller.owner_id) == 120


def test_claim_then_feed_and_feed_then_claim_end_with_the_same_stars(world: World):
    feed_line(world, "HL-U509", 3, invoice_no="A-1")
    approve(world, file_claim(world, lines={"HL-U509": 3}, invoice_no="A-1"), points=120)
    first = stars(world.cast.seller.owner_id)
    approve(world, file_claim(world, lines={"HL-U509": 3}, invoice_no="A-2"), points=120)
    feed_line(world, "HL-U509", 3, invoice_no="A-2")
    assert (first, stars(world.cast.seller.owner_id)) == (120, 240)


def test_a_sale_already_credited_to_the_seller_earns_nothing_twice(world: World):
    feed_line(world, "HL-U509", 3, seller_id=world.cast.seller.id)
    claim = file_claim(world, lines={"HL-U509": 3})
    assert claim.expected_points == 0
    assert claim.lines[0].expected_reason == "Already credited to this seller"


def test_a_second_approval_is_refused_in_words(world: World):
    claim = file_claim(world)
    seen = claim.version
    approve(world, claim)
    with pytest.raises(ClaimChanged, match=r"Tess Moran decided claim .* at 10:41: it is approved"):
        approve(world, claim, version=seen)
    assert stars(world.cast.seller.owner_id) == 160


def test_a_claim_changed_since_it_was_shown_is_not_approved(world: World):
    claim = file_claim(world)
    seen = claim.version
    viewer = viewer_of(world.cast.channel_manager)
    with transaction():
        services.request_information(lock_claim(viewer, claim.id), question="Retake.", by=viewer, version=seen)
    with pytest.raises(ClaimChanged, match="changed since you opened it"):
        approve(world, claim, version=seen)


def test_the_approved_amount_is_the_amount_shown(world: World):
    with pytest.raises(ClaimChanged, match="earns 160 stars now, not the 200 you were shown"):
        approve(world, file_claim(world), points=200)
    assert stars(world.cast.seller.owner_id) == 0


def test_who_entered_a_claim_does_not_approve_it(world: World):
    claim = file_claim(world, by=world.cast.channel_manager)
    assert (claim.seller_id, claim.entered_by_id) == (world.cast.seller.id, world.cast.channel_manager.id)
    with pytest.raises(OwnClaim, match=r"someone else must decide it\. Sam Idris can"):
        approve(world, claim)


def test_a_part_of_a_claim_is_approved_and_the_rest_rejected_with_a_reason(world: World):
    claim = file_claim(world)
    viewer = viewer_of(world.cast.channel_manager)
    decisions = {line.id: LineDecision(approve=True) for line in claim.lines}
    decisions[claim.lines[1].id] = LineDecision(approve=False, reason_code="not_on_invoice", note="Only black ones.")
    with transaction():
        locked = lock_claim(viewer, claim.id)
        services.decide_claim(locked, decisions, by=viewer, version=claim.version, shown_points=160)
    done = reload(claim, viewer)
    assert (done.state, done.awarded_points) == (ClaimState.PARTIALLY_APPROVED, 120)
    assert [line.state for line in done.lines] == [LineState.APPROVED, LineState.REJECTED, LineState.APPROVED]
    assert done.steps[-1].note == "The product is not on the invoice. Only black ones."
    assert stars(world.cast.seller.owner_id) == 120


def test_a_rejection_needs_a_reason_and_posts_nothing(world: World):
    claim = file_claim(world)
    viewer = viewer_of(world.cast.channel_manager)
    for code, note in (("", None), ("because", None), ("other", " ")):
        with pytest.raises(InvalidInput):
            reject(world, claim, code, note)
    reject(world, claim, "unreadable", None)
    assert reload(claim, viewer).state == ClaimState.REJECTED
    assert session.scalars(select(SaleLine)).all() == []


def test_a_decision_names_exactly_the_lines_of_the_claim(world: World):
    claim = file_claim(world)
    viewer = viewer_of(world.cast.channel_manager)
    strange = {10**9: LineDecision(approve=True)}
    with pytest.raises(InvalidInput, match="every line"):
        services.decide_claim(claim, strange, by=viewer, version=claim.version, shown_points=160)


def test_an_approved_claim_taken_back_leaves_nothing_behind(world: World):
    known = feed_line(world, "HL-U509-R", 1)
    claim = approve(world, file_claim(world))
    viewer = viewer_of(world.cast.second_manager)
    with transaction():
        locked = lock_claim(viewer, claim.id)
        services.reverse_claim(locked, reason="The customer returned them.", by=viewer, version=claim.version)
    done = reload(claim, viewer)
    assert done.state == ClaimState.REVERSED
    assert {line.state for line in done.lines} == {LineState.REVERSED}
    assert stars(world.cast.seller.owner_id) == 0
    assert seller_of(known) is None
    written = session.scalars(select(SaleLine).where(SaleLine.reverses_line_id.is_not(None))).all()
    assert sorted(line.quantity for line in written) == [-3, -1]


def test_a_claim_is_taken_back_only_once_and_with_a_reason(world: World):
    claim = approve(world, file_claim(world))
    viewer = viewer_of(world.cast.second_manager)
    with pytest.raises(InvalidInput, match="why"), transaction():
        services.reverse_claim(lock_claim(viewer, claim.id), reason=" ", by=viewer, version=claim.version)
    with transaction():
        services.reverse_claim(lock_claim(viewer, claim.id), reason="Wrong.", by=viewer, version=claim.version)
    again = reload(claim, viewer)
    with pytest.raises(ClaimMoved), transaction():
        services.reverse_claim(lock_claim(viewer, claim.id), reason="Wrong.", by=viewer, version=again.version)


def test_approval_is_told_once_and_written_into_the_audit_log_with_before_and_after(world: World):
    claim = approve(world, file_claim(world))
    facts = session.scalars(select(OutboxRow).where(OutboxRow.fact == ClaimApproved.__name__)).all()
    assert len(facts) == 1
    assert '"points":160' in facts[0].payload
    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "claim.approved")).one()
    assert entry.label == f"{claim.number} FB-1042"
    assert '"points":160' in (entry.after or "")


def test_a_sold_day_ten_days_off_is_another_sale(world: World):
    feed_line(world, "HL-U509", 3)
    claim = approve(world, file_claim(world, lines={"HL-U509": 3}, sold_on=TODAY - dt.timedelta(days=10)), points=120)
    assert claim.lines[0].wrote_line
