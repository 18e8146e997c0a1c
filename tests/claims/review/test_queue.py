"""The queue as reviewers meet it: what waits, one claim beside its evidence, decisions, the safe ones together."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.claims.models import Claim, ClaimState
from portal.claims.review.queries import count_queue
from portal.core import clock
from portal.core.db import session
from portal.partners.people.models import Person
from portal.security.viewer import Role, Viewer
from tests.claims.world import World, file_claim
from tests.people import viewer_of

pytestmark = pytest.mark.one_database
As = Callable[[Person | Viewer], FlaskClient]


def state_of(claim: Claim) -> str:
    session.remove()
    return session.scalars(select(Claim.state).where(Claim.id == claim.id)).one()


def waiting(page: str) -> str:
    found = re.search(r"([\d,]+ waiting)", page)
    return found.group(1) if found else ""


def decide(claim: Claim, **more: object) -> dict[str, object]:
    return {"version": claim.version, "points": claim.expected_points} | more


def test_the_oldest_claim_is_open_and_says_what_approval_posts(site: World, as_: As):
    file_claim(site)
    with clock.frozen("2026-11-19T10:45:00"):
        file_claim(site, invoice_no="FB-1043")
        page = as_(site.cast.channel_manager).get("/claims/queue").text
        fetched = page.split('hx-get="')[-1].split('"')[0]
        panes = as_(site.cast.channel_manager).get(fetched, headers={"HX-Request": "true"}).text
    assert waiting(page) == "2 waiting"
    assert "FB-1042, 4 min" in page
    page = panes
    assert "<html" not in page
    assert "Posts 160 stars to Sol Reyes of Friendly Bike Shop." in page
    assert "1 of 2" in page
    assert "Risk 0 of 100" in page


def test_an_approval_opens_the_next_claim_and_the_seller_sees_the_stars(site: World, as_: As):
    first, second = file_claim(site), file_claim(site, invoice_no="FB-1043")
    manager = as_(site.cast.channel_manager)
    answer = manager.post(f"/claims/{first.id}/approve?show=safe", data=decide(first))
    assert answer.headers["Location"] == f"/claims/{second.id}/review?show=safe"
    assert "160 stars posted" in manager.get(answer.headers["Location"]).text
    seen = as_(site.cast.seller).get(f"/claims/{first.id}").text
    assert "160 stars were posted to Sol Reyes, decided by Tess Moran on 19 November 2026" in seen
    assert "3 × 40 stars" in seen
    assert "In no program" in seen


def test_two_at_once_one_wins_and_the_other_is_told_who(site: World, as_: As):
    claim = file_claim(site)
    assert as_(site.cast.channel_manager).post(f"/claims/{claim.id}/approve", data=decide(claim)).status_code == 303
    late = as_(site.cast.second_manager).post(f"/claims/{claim.id}/approve", data=decide(claim))
    assert late.status_code == 409
    assert f"Tess Moran decided claim {claim.number} at 10:41: it is approved." in late.text
    assert "Nothing was posted." in late.text


def test_who_entered_a_claim_finds_no_button_and_is_refused(site: World, as_: As):
    claim = file_claim(site, by=site.cast.channel_manager)
    manager = as_(site.cast.channel_manager)
    page = manager.get(f"/claims/{claim.id}/review").text
    assert "You entered this claim, so someone else must decide it. Sam Idris can." in page
    assert f"/claims/{claim.id}/approve" not in page
    for verb in ("approve", "reject", "decide", "ask", "take"):
        verdicts = {f"verdict-{line.id}": "approve" for line in claim.lines}
        data = decide(claim, reason="unreadable", question="Why?", **verdicts)
        assert manager.post(f"/claims/{claim.id}/{verb}", data=data).status_code == 403, verb
    assert state_of(claim) == ClaimState.SUBMITTED
    other = as_(site.cast.second_manager).get(f"/claims/{claim.id}/review").text
    assert "This one was entered by Tess Moran." in other
    assert f"/claims/{claim.id}/approve" in other


def test_a_question_is_answered_and_the_claim_keeps_its_place(site: World, as_: As):
    first = file_claim(site)
    with clock.frozen("2026-11-19T11:00:00"):
        file_claim(site, invoice_no="FB-1043")
    manager, seller = as_(site.cast.channel_manager), as_(site.cast.seller)
    data = decide(first, question="Photo cuts off the invoice number. Retake it.")
    assert manager.post(f"/claims/{first.id}/ask", data=data).status_code == 303
    edit = seller.get(f"/claims/{first.id}/edit").text
    assert "Photo cuts off the invoice number. Retake it." in edit
    assert seller.post("/claims/draft/submit", data={"claim_id": first.id, "answer": " "}).status_code == 422
    answer = seller.post("/claims/draft/submit", data={"claim_id": first.id, "answer": "Done."}, follow_redirects=True)
    assert "The claim kept its place." in answer.text
    page = manager.get(f"/claims/{first.id}/review").text
    assert page.index("FB-1042") < page.index("FB-1043")
    assert "Done." in page


def test_lines_are_decided_one_by_one_with_a_reason(site: World, as_: As):
    claim = file_claim(site)
    manager = as_(site.cast.channel_manager)
    assert "Decide line by line" in manager.get(f"/claims/{claim.id}/review?act=part").text
    verdicts = {f"verdict-{line.id}": "approve" for line in claim.lines[1:]}
    missing = manager.post(f"/claims/{claim.id}/decide", data=decide(claim, act="part", **verdicts))
    assert missing.status_code == 422
    assert "Say for every line whether it counts." in missing.text
    verdicts |= {f"verdict-{claim.lines[0].id}": "reject", f"reason-{claim.lines[0].id}": "quantity_differs"}
    assert manager.post(f"/claims/{claim.id}/decide", data=decide(claim, **verdicts)).status_code == 303
    seen = as_(site.cast.seller).get(f"/claims/{claim.id}").text
    assert "The invoice shows another quantity." in seen
    assert "40 stars were posted" in seen


def test_a_rejection_is_read_by_the_seller(site: World, as_: As):
    claim = file_claim(site)
    manager = as_(site.cast.channel_manager)
    assert "Reject the claim" in manager.get(f"/claims/{claim.id}/review?act=reject").text
    refused = manager.post(f"/claims/{claim.id}/reject", data=decide(claim, act="reject", reason="other", note=""))
    assert refused.status_code == 422
    assert "Write the reason in the note." in refused.text
    manager.post(f"/claims/{claim.id}/reject", data=decide(claim, reason="unreadable"))
    assert "The invoice cannot be read." in as_(site.cast.seller).get(f"/claims/{claim.id}").text
    assert state_of(claim) == ClaimState.REJECTED


def test_the_safe_ones_are_counted_and_the_others_left_out_with_reason_and_twin(site: World, as_: As):
    safe = [file_claim(site, invoice_no=f"FB-{number}") for number in (1, 2)]
    twin = file_claim(site, invoice_no="X-9")
    flagged = file_claim(site, invoice_no="x 9", seller=site.cast.rival_seller)
    own = file_claim(site, invoice_no="FB-3", by=site.cast.channel_manager)
    manager = as_(site.cast.channel_manager)
    page = manager.get("/claims/queue/safe").text
    assert "Approve the 2 safe ones" in page
    assert "Posts 320 stars in all: 2 claims" in page
    assert "Left out: 3" in page
    assert f"Friendly Bike Shop claimed an invoice X-9 too ({twin.number})." in page
    assert f'href="/claims/{twin.id}"' in page
    assert "You entered it, so someone else must approve it." in page
    chosen = [f"{claim.id}:{claim.version}:{claim.expected_points}" for claim in (*safe, flagged, own)]
    answer = manager.post("/claims/queue/safe", data={"claim": [*chosen, "nonsense"]}, follow_redirects=True)
    assert "2 claims approved together. 320 stars posted." in answer.text
    assert "has a new finding, so it was left for you to read" in answer.text
    assert [state_of(claim) for claim in (*safe, flagged, twin, own)] == ["approved"] * 2 + ["submitted"] * 3


def test_filters_narrow_the_queue_and_stay_from_claim_to_claim(site: World, as_: As):
    file_claim(site)
    rival = file_claim(site, invoice_no="PF-1", seller=site.cast.rival_seller, lines={"WB-H098": 1})
    manager = as_(site.cast.channel_manager)
    only_rival = manager.get("/claims/queue?territory=Southwest").text
    assert f'id="queue-row-{rival.id}"' in only_rival
    assert only_rival.count('class="queue-row"') == 1
    assert f"/claims/{rival.id}/review?territory=Southwest" in only_rival
    expected = {"q=pf1": 1, "q=friendly": 1, "q=none": 0, "program=Helmet+sprint": 1, "age=1": 0, "age=bad": 2}
    expected |= {"show=safe": 2, "show=look": 0, "show=own": 0, "show=asked": 0}
    for query, rows in expected.items():
        assert manager.get(f"/claims/queue?{query}").text.count('class="queue-row"') == rows, query


def test_a_manager_of_territories_sees_theirs_only(site: World, as_: As):
    file_claim(site)
    rival = file_claim(site, seller=site.cast.rival_seller, invoice_no="PF-1")
    northwest = frozenset({site.cast.shop.territory_id or 0})
    manager = as_(
        Viewer(site.cast.channel_manager.id, Role.CHANNEL_MANAGER, territory_ids=northwest, name="Tess Moran")
    )
    page = manager.get("/claims/queue").text
    assert waiting(page) == "1 waiting"
    assert manager.get(f"/claims/{rival.id}/review").status_code == 404
    assert manager.post(f"/claims/{rival.id}/approve", data=decide(rival)).status_code == 404


def test_auditors_read_the_queue_and_find_no_button(site: World, as_: As):
    claim = file_claim(site)
    assert "FB-1042" in as_(site.cast.auditor).get("/claims/queue").text
    page = as_(site.cast.auditor).get(f"/claims/{claim.id}/review").text
    assert "FB-1042" in page
    assert f"/claims/{claim.id}/approve" not in page
    assert as_(site.cast.seller).get("/claims/queue").status_code == 403


def test_an_approved_claim_is_taken_back_with_a_reason_the_seller_reads(site: World, as_: As):
    claim = file_claim(site)
    as_(site.cast.channel_manager).post(f"/claims/{claim.id}/approve", data=decide(claim))
    second = as_(site.cast.second_manager)
    assert "Take this claim back" in second.get(f"/claims/{claim.id}").text
    data = {"version": claim.version + 1, "reason": "The customer returned them."}
    assert second.post(f"/claims/{claim.id}/reverse", data=data).status_code == 303
    assert "The customer returned them." in as_(site.cast.seller).get(f"/claims/{claim.id}").text


def test_a_claim_that_is_being_looked_at_says_so(site: World, as_: As):
    claim = file_claim(site)
    as_(site.cast.channel_manager).post(f"/claims/{claim.id}/take")
    assert "Being looked at" in as_(site.cast.second_manager).get(f"/claims/{claim.id}/review").text
    assert state_of(claim) == ClaimState.IN_REVIEW
    second = as_(site.cast.second_manager)
    assert "1 is being looked at." in second.get("/claims/queue/summary").text
    counts = count_queue(viewer_of(site.cast.second_manager))
    assert counts[""][0] == sum(number for part, (number, _) in counts.items() if part) == counts["taken"][0] == 1
    assert "FB-1042" in second.get("/claims/queue?show=taken").text
    assert "FB-1042" not in second.get("/claims/queue?show=safe").text


def test_tiles_and_counts_say_what_waits(site: World, as_: As):
    seller, manager = as_(site.cast.seller), as_(site.cast.channel_manager)
    assert manager.get("/claims/queue/count").get_data(as_text=True).strip() == ""
    assert seller.get("/claims/needs-me").status_code == 204
    assert "Claim a sale" in seller.get("/claims/recent").text
    assert "No claim waits." in manager.get("/claims/queue/summary").text
    claim = file_claim(site)
    assert manager.get("/claims/queue/count").text == "1"
    assert seller.get("/claims/count").text == "1"
    assert "FB-1042" in seller.get("/claims/recent").text
    assert "1 claim is safe to approve together (160 stars)." in manager.get("/claims/queue/summary").text
    manager.post(f"/claims/{claim.id}/ask", data=decide(claim, question="Which day?"))
    assert "asks about invoice FB-1042" in seller.get("/claims/needs-me").text


def test_the_rail_counts_what_its_reader_can_decide(site: World, as_: As):
    claim = file_claim(site, invoice_no="FB-1042")
    own = file_claim(site, invoice_no="FB-1043")
    session.get_one(Claim, own.id).entered_by_id = site.cast.channel_manager.id
    session.commit()
    manager, finance = as_(site.cast.channel_manager), as_(site.cast.finance)
    assert manager.get("/claims/queue/count").text.strip() == "1"
    assert finance.get("/claims/queue/count").text.strip() == ""
    assert 'hx-get="/claims/queue/count"' in manager.get("/claims/queue").text
    assert 'hx-get="/claims/queue/count"' not in finance.get("/claims/queue").text
    manager.post(f"/claims/{claim.id}/ask", data=decide(claim, question="Which day?"))
    assert manager.get("/claims/queue/count").text.strip() == ""


def test_two_claims_on_one_invoice_at_two_shops_are_both_left_for_reading(site: World, as_: As):
    first = file_claim(site)
    second = file_claim(site, seller=site.cast.rival_seller)
    session.remove()
    risks = session.scalars(select(Claim.risk).where(Claim.id.in_([first.id, second.id]))).all()
    assert list(risks) == [30, 30]
    assert "Permanent Finish" not in as_(site.cast.seller).get(f"/claims/{first.id}").text


def test_the_list_finds_a_claim_however_the_number_is_written(site: World, as_: As):
    file_claim(site)
    assert "FB-1042" in as_(site.cast.seller).get("/claims?q=fb+1042").text
    assert "No claim matches" in as_(site.cast.seller).get("/claims?q=zzz").text


def test_old_claims_are_counted_by_their_age(site: World, as_: As):
    file_claim(site)
    with clock.frozen(dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)):
        summary = as_(site.cast.channel_manager).get("/claims/queue/summary").text
    assert 'aria-label="3 to 6 days: 1 of 1"' in summary


@pytest.mark.parametrize(
    ("act", "field"), [("ask", '<textarea[^>]*name="question"'), ("reject", '<select[^>]*name="reason"'),
                       ("part", '<input[^>]*type="radio"')],
)  # fmt: skip
def test_a_decision_by_keyboard_goes_on_in_its_first_field(site: World, as_: As, act: str, field: str):
    claim = file_claim(site)
    page = as_(site.cast.channel_manager).get(f"/claims/{claim.id}/review?act={act}").text
    assert page.count("autofocus") == 1 + (act != "part")
    assert re.search(field + "[^>]*autofocus", page)
