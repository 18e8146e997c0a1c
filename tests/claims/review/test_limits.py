"""Limits of reviewers: one claim, line by line, together, taken back; what is posted never exceeds the limit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.claims.models import Claim, ClaimState
from portal.claims.queries import lock_claim
from portal.claims.review import services
from portal.claims.review.services import LineDecision
from portal.claims.rules import REASONS
from portal.core.db import session, transaction
from portal.core.money import POINTS
from portal.ledger.models import LedgerEntry
from portal.ledger.queries import balances
from portal.partners.people.models import Person
from portal.partners.territories.services import assign_territories, ensure_territory
from portal.security.limits.errors import AboveLimit
from portal.security.limits.rules import Kind
from portal.security.viewer import Role, Viewer
from tests.claims.world import World, file_claim
from tests.partners.limiting import bound
from tests.people import add_member, fresh, viewer_of
from tests.support.statements import statements

As = Callable[[Person | Viewer], FlaskClient]
SAYS = "This claim posts 160 stars; your limit for claims is 159 stars. Sam Idris can decide it."


def state_of(claim: Claim) -> str:
    session.remove()
    return session.scalars(select(Claim.state).where(Claim.id == claim.id)).one()


def sent(claim: Claim) -> dict[str, object]:
    return {"version": claim.version, "points": claim.expected_points}


def test_above_the_limit_there_is_no_approve_button_and_the_post_is_refused_in_the_same_words(site: World, as_: As):
    claim, tess = file_claim(site), site.cast.channel_manager
    bound(tess, Kind.CLAIM, 159, POINTS)
    page = as_(tess).get(f"/claims/{claim.id}/review").text
    assert SAYS in page
    assert f'action="/claims/{claim.id}/approve"' not in page
    assert "act=reject" in page
    assert "act=ask" in page
    entries = session.scalar(select(func.count()).select_from(LedgerEntry))
    answer = as_(tess).post(f"/claims/{claim.id}/approve", data=sent(claim))
    assert answer.status_code == 403
    assert SAYS in answer.text
    assert state_of(claim) == ClaimState.SUBMITTED
    assert session.scalar(select(func.count()).select_from(LedgerEntry)) == entries


def test_exactly_the_limit_is_approved(site: World, as_: As):
    claim, tess = file_claim(site), site.cast.channel_manager
    bound(tess, Kind.CLAIM, 160, POINTS)
    page = as_(tess).get(f"/claims/{claim.id}/review").text
    assert f'action="/claims/{claim.id}/approve"' in page
    assert as_(tess).post(f"/claims/{claim.id}/approve", data=sent(claim)).status_code == 303
    assert state_of(claim) == ClaimState.APPROVED


def test_rejecting_and_asking_stay_possible(site: World, as_: As):
    first, second = file_claim(site), file_claim(site, invoice_no="FB-1043")
    tess = as_(site.cast.channel_manager)
    bound(site.cast.channel_manager, Kind.CLAIM, 0, POINTS)
    assert tess.post(f"/claims/{first.id}/reject", data=sent(first) | {"reason": "unreadable"}).status_code == 303
    asked = tess.post(f"/claims/{second.id}/ask", data=sent(second) | {"question": "Which shop is it?"})
    assert asked.status_code == 303
    assert state_of(second) == ClaimState.INFO_REQUESTED


def test_a_part_within_the_limit_may_be_approved_and_more_may_not(site: World, as_: As):
    claim, tess = file_claim(site), site.cast.channel_manager
    bound(tess, Kind.CLAIM, 120, POINTS)
    black, red, bottle = claim.lines
    only_black = {black.id: True, red.id: False, bottle.id: False}
    for chosen, status in (({**only_black, red.id: True}, 403), (only_black, 303)):
        data = sent(claim) | {f"verdict-{number}": "approve" if yes else "reject" for number, yes in chosen.items()}
        reasons = {f"reason-{number}": next(iter(REASONS)) for number in chosen}
        answer = as_(tess).post(f"/claims/{claim.id}/decide", data=data | reasons)
        assert answer.status_code == status, answer.text
    assert state_of(claim) == ClaimState.PARTIALLY_APPROVED


def test_a_claim_above_the_limit_is_left_out_of_the_safe_ones_with_the_reason(site: World, as_: As):
    large, small = file_claim(site), file_claim(site, invoice_no="FB-1043", lines={"HL-U509": 2})
    tess = as_(site.cast.channel_manager)
    bound(site.cast.channel_manager, Kind.CLAIM, 159, POINTS)
    queue = tess.get("/claims/queue").text
    assert "Above your limit" in queue
    assert "Approve the 1 safe one" in " ".join(queue.split())
    page = tess.get("/claims/queue/safe").text
    assert SAYS in page
    assert f'value="{large.id}:' not in page
    assert f'value="{small.id}:' in page
    both = [f"{claim.id}:{claim.version}:{claim.expected_points}" for claim in (large, small)]
    answer = tess.post("/claims/queue/safe", data={"claim": both}, follow_redirects=True)
    assert SAYS in answer.text
    assert (state_of(large), state_of(small)) == (ClaimState.SUBMITTED, ClaimState.APPROVED)
    assert "Above your limit" not in as_(site.cast.second_manager).get("/claims/queue").text


def test_taking_back_is_bounded_like_approving(site: World, as_: As):
    claim, tess = file_claim(site), site.cast.channel_manager
    sam = as_(site.cast.second_manager)
    assert sam.post(f"/claims/{claim.id}/approve", data=sent(claim)).status_code == 303
    bound(tess, Kind.CLAIM, 159, POINTS)
    assert SAYS in as_(tess).get(f"/claims/{claim.id}").text
    data = {"version": claim.version + 1, "reason": "The helmets came back"}
    refused = as_(tess).post(f"/claims/{claim.id}/reverse", data=data)
    assert refused.status_code == 403
    assert SAYS in refused.text
    assert state_of(claim) == ClaimState.APPROVED
    assert sam.post(f"/claims/{claim.id}/reverse", data=data).status_code == 303


def test_who_cannot_see_the_claim_or_is_bounded_too_is_not_named(site: World, as_: As):
    claim, tess, sam = file_claim(site), site.cast.channel_manager, site.cast.second_manager
    bound(tess, Kind.CLAIM, 159, POINTS)
    with transaction():
        assign_territories(fresh(sam), [ensure_territory("Southwest").id], by=viewer_of(site.cast.admin))
    nobody = "Nobody else has a limit that is high enough"
    assert nobody in as_(tess).get(f"/claims/{claim.id}/review").text
    with transaction():
        assign_territories(fresh(sam), [ensure_territory("Northwest").id], by=viewer_of(site.cast.admin))
    assert SAYS in as_(tess).get(f"/claims/{claim.id}/review").text
    bound(sam, Kind.CLAIM, 100, POINTS)
    assert nobody in as_(tess).get(f"/claims/{claim.id}/review").text


def test_a_limit_lowered_after_the_page_was_opened_holds(site: World, as_: As):
    claim, tess = file_claim(site), site.cast.channel_manager
    bound(tess, Kind.CLAIM, 160, POINTS)
    assert f'action="/claims/{claim.id}/approve"' in as_(tess).get(f"/claims/{claim.id}/review").text
    bound(tess, Kind.CLAIM, 10, POINTS)
    assert as_(tess).post(f"/claims/{claim.id}/approve", data=sent(claim)).status_code == 403


@pytest.mark.parametrize("limit", [0, 40, 79, 80, 81, 160, None])
@pytest.mark.parametrize("helmets", [1, 2, 4])
def test_what_an_approval_posted_is_never_above_the_limit(world: World, limit: int | None, helmets: int):
    claim, tess = file_claim(world, lines={"HL-U509": helmets}), world.cast.channel_manager
    bound(tess, Kind.CLAIM, limit, POINTS)
    viewer = viewer_of(tess)
    every = {line.id: LineDecision(approve=True) for line in claim.lines}
    try:
        with transaction():
            services.decide_claim(
                lock_claim(viewer, claim.id), every, by=viewer, version=claim.version, shown_points=40 * helmets
            )
    except AboveLimit:
        session.rollback()
    found = balances(world.cast.seller.owner_id).get(POINTS)
    posted = found.available + found.pending if found else 0
    allowed = limit is None or 40 * helmets <= limit
    assert posted == (40 * helmets if allowed else 0)


def test_naming_who_can_decide_costs_the_same_for_one_claim_and_for_many(site: World, as_: As):
    for number in range(4):
        file_claim(site, invoice_no=f"FB-20{number}")
    with transaction():
        for number in range(3):
            add_member(f"m{number}@demo.example", f"Ana {number}", Role.CHANNEL_MANAGER)
    bound(site.cast.channel_manager, Kind.CLAIM, 159, POINTS)
    tess = as_(site.cast.channel_manager)
    with statements() as counted:
        assert tess.get("/claims/queue").text.count("Above your limit") == 4
    assert len(counted) <= 20, counted
