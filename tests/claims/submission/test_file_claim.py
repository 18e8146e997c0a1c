"""Filing through the pages, with and without JavaScript: a draft that is never lost, and what it says."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.claims.models import Claim, ClaimFile, ClaimState
from portal.core.db import session
from portal.partners.people.models import Person
from portal.security.viewer import Viewer
from tests.claims.world import World, draft_claim, file_claim, photo
from tests.support.statements import statements

pytestmark = pytest.mark.one_database
As = Callable[[Person | Viewer], FlaskClient]
HTMX = {"HX-Request": "true"}


def newest() -> Claim:
    session.remove()
    return session.scalars(select(Claim).order_by(Claim.id.desc()).limit(1)).one()


def test_a_sale_is_filed_with_plain_forms(site: World, as_: As):
    seller = as_(site.cast.seller)
    assert "What did you sell?" in seller.get("/claims/new").text
    for sku in ("HL-U509", "hl-u509-r", "WB-H098"):
        answer = seller.post("/claims/draft/add", data={"add": sku}, follow_redirects=True)
        assert answer.status_code == 200
    line = newest()
    page = seller.get(f"/claims/{line.id}/edit").text
    assert "Sport-100 Helmet, Black" in page
    assert "In no program" in page
    quantity = page.split('name="quantity-')[1].split('"')[0]
    data = {"claim_id": line.id, f"quantity-{quantity}": "3", "invoice_no": "FB-1042", "sold_on": "2026-11-19"}
    data["photo"] = (io.BytesIO(photo()), "IMG_1042.jpg")
    answer = seller.post("/claims/draft/submit", data=data, follow_redirects=True)
    assert "is filed. 160 stars when approved" in answer.text
    claim = newest()
    assert (claim.state, claim.expected_points, claim.invoice_key) == (ClaimState.SUBMITTED, 160, "FB1042")


def test_products_are_found_while_typing_with_what_they_earn(site: World, as_: As):
    answer = as_(site.cast.seller).get("/claims/products?q=sport", headers=HTMX)
    assert "2 products match" in answer.text
    assert answer.text.count("40<span") == 2
    nothing = as_(site.cast.seller).get("/claims/products?q=zzzzqqqq", headers=HTMX)
    assert "No product is called “zzzzqqqq”" in nothing.text


def test_from_a_programs_sheet_its_products_are_offered_at_once(site: World, as_: As):
    page = as_(site.cast.seller).get("/claims/new?program=helmet-sprint").text
    assert "counts these." in page
    assert page.count('aria-label="Add ') == 2
    assert 'value="WB-H098"' not in page
    for unknown in ("no-such-program", "%00", ""):
        assert 'aria-label="Add ' not in as_(site.cast.seller).get(f"/claims/new?program={unknown}").text
    typed = as_(site.cast.seller).get("/claims/new?program=helmet-sprint&q=bottle").text
    assert "1 product matches" in typed


def test_without_javascript_the_search_is_part_of_the_page(site: World, as_: As):
    answer = as_(site.cast.seller).get("/claims/products?q=sport", follow_redirects=True)
    assert "2 products match" in answer.text
    assert "What did you sell?" in answer.text
    pressed = as_(site.cast.seller).post("/claims/draft/save", data={"q": " sport ", "invoice_no": "FB-7"})
    assert pressed.location.endswith("/edit?q=sport")
    found = as_(site.cast.seller).get(pressed.location).text
    assert "2 products match" in found
    assert 'value="FB-7"' in found
    wrong = as_(site.cast.seller).post("/claims/draft/save", data={"q": "sport", "sold_on": "yesterday"})
    assert "2 products match" in wrong.text


def test_what_was_typed_is_there_after_a_reload_and_opened_again_later(site: World, as_: As):
    seller = as_(site.cast.seller)
    seller.post("/claims/draft/save", data={"invoice_no": "FB-7", "end_customer": "Jo Poe"}, headers=HTMX)
    page = seller.get("/claims/new").text
    assert 'value="FB-7"' in page
    assert 'value="Jo Poe"' in page
    assert "Saved <time" in page


def test_saving_answers_with_the_parts_that_differ(site: World, as_: As):
    seller = as_(site.cast.seller)
    answer = seller.post("/claims/draft/add", data={"add": "HL-U509"}, headers=HTMX)
    assert 'id="claim-lines"' in answer.text
    assert 'id="claim-dock" hx-swap-oob="true"' in answer.text
    assert answer.headers["HX-Replace-Url"] == f"/claims/{newest().id}/edit"
    saved = seller.post("/claims/draft/save", data={"claim_id": newest().id, "invoice_no": "FB-8"}, headers=HTMX)
    assert 'id="claim-lines"' not in saved.text
    assert 'id="line-earns-' in saved.text
    assert "<html" not in saved.text


def test_a_wrong_day_keeps_what_was_typed_and_says_so(site: World, as_: As):
    data = {"invoice_no": "FB-9", "sold_on": "yesterday"}
    answer = as_(site.cast.seller).post("/claims/draft/save", data=data)
    assert answer.status_code == 422
    assert "“yesterday” is no day" in answer.text
    assert 'value="yesterday"' in answer.text
    assert 'value="FB-9"' in answer.text


def test_an_unknown_number_is_refused_and_stays_in_its_field(site: World, as_: As):
    answer = as_(site.cast.seller).post("/claims/draft/add", data={"q": "HL-X"})
    assert answer.status_code == 422
    assert "No product is called “HL-X”" in answer.text
    assert 'value="HL-X"' in answer.text


def test_what_is_missing_is_said_only_when_filing(site: World, as_: As):
    seller = as_(site.cast.seller)
    assert "Add a photo or PDF" not in seller.post("/claims/draft/save", data={"invoice_no": ""}, headers=HTMX).text
    answer = seller.post("/claims/draft/submit", data={"claim_id": newest().id})
    assert answer.status_code == 422
    for sentence in ("Add at least one product", "Enter the invoice number", "Add a photo or PDF of the invoice"):
        assert sentence in answer.text
    assert "Nothing was lost." in answer.text
    assert newest().state == ClaimState.DRAFT


def test_the_same_invoice_again_is_refused_with_the_first_claim_and_noted_there_once(site: World, as_: As):
    first = file_claim(site)
    seller = as_(site.cast.seller)
    early = seller.post("/claims/draft/save", data={"invoice_no": "fb 1042"}, headers=HTMX)
    assert "You have already claimed invoice FB-1042." in early.text
    assert f'href="/claims/{first.id}"' in early.text
    again = draft_claim(site, invoice_no="fb 1042")
    answer = seller.post("/claims/draft/submit", data={"claim_id": again.id})
    assert answer.status_code == 422
    assert "You have already claimed invoice FB-1042." in answer.text
    for _ in range(2):
        seller.post("/claims/draft/submit", data={"claim_id": again.id})
    history = as_(site.cast.auditor).get(f"/claims/{first.id}").text
    assert "Tried again as “fb 1042” at 10:41 by Sol Reyes and refused." in history
    assert history.count("Second filing refused") == 2  # one for each of the two drafts


def test_somebody_elses_claim_does_not_exist(site: World, as_: As):
    claim = file_claim(site)
    draft = draft_claim(site, invoice_no="FB-2")
    file_id = session.scalars(select(ClaimFile.id).where(ClaimFile.claim_id == claim.id)).one()
    for who in (site.cast.rival_seller, site.cast.rival_admin, site.cast.distributor_admin):
        stranger = as_(who)
        for path in (
            f"/claims/{claim.id}", f"/claims/{claim.id}/edit", f"/claims/{draft.id}/edit",
            f"/claims/{claim.id}/files/{file_id}", f"/claims/{claim.id}/files/{file_id}/preview", "/claims/999999",
            "/claims/99999999999999999999",
        ):  # fmt: skip
            assert stranger.get(path).status_code == 404, path
        for path in ("withdraw", "copy"):
            assert stranger.post(f"/claims/{claim.id}/{path}").status_code == 404
        for path in ("save", "add", "remove", "submit"):
            assert stranger.post(f"/claims/draft/{path}", data={"claim_id": claim.id}).status_code == 404
        assert "FB-1042" not in stranger.get("/claims").text


def test_a_draft_is_private_to_who_writes_it(site: World, as_: As):
    draft = draft_claim(site)
    assert as_(site.cast.seller).get(f"/claims/{draft.id}").status_code == 200
    for who in (site.cast.partner_admin, site.cast.channel_manager, site.cast.auditor):
        assert as_(who).get(f"/claims/{draft.id}").status_code == 404


def test_a_partner_admin_sees_the_shops_claims_and_an_auditor_all_but_neither_changes_them(site: World, as_: As):
    claim = file_claim(site)
    for who in (site.cast.partner_admin, site.cast.auditor, site.cast.finance, site.cast.admin):
        assert as_(who).get(f"/claims/{claim.id}").status_code == 200
        assert as_(who).post(f"/claims/{claim.id}/withdraw").status_code == 403
        assert as_(who).post(f"/claims/{claim.id}/approve").status_code == 403


def test_a_filed_claim_can_be_withdrawn_until_it_is_decided(site: World, as_: As):
    claim = file_claim(site)
    answer = as_(site.cast.seller).post(f"/claims/{claim.id}/withdraw", follow_redirects=True)
    assert "is withdrawn" in answer.text
    assert newest().state == ClaimState.WITHDRAWN
    assert as_(site.cast.seller).post(f"/claims/{claim.id}/withdraw").status_code == 409


def test_a_withdrawn_invoice_may_be_claimed_again(site: World, as_: As):
    as_(site.cast.seller).post(f"/claims/{file_claim(site).id}/withdraw")
    assert file_claim(site).state == ClaimState.SUBMITTED


def test_a_filed_claim_is_not_changed_any_more(site: World, as_: As):
    claim = file_claim(site)
    seller = as_(site.cast.seller)
    answer = seller.post("/claims/draft/save", data={"claim_id": claim.id, "invoice_no": "FB-1"})
    assert answer.status_code == 409
    assert seller.get(f"/claims/{claim.id}/edit").status_code == 303


def test_the_same_again_starts_a_draft_with_the_products_only(site: World, as_: As):
    claim = file_claim(site)
    answer = as_(site.cast.seller).post(f"/claims/{claim.id}/copy", follow_redirects=True)
    assert "Sport-100 Helmet, Red" in answer.text
    copy = newest()
    assert (copy.copied_from_id, copy.invoice_no) == (claim.id, None)


def test_a_manager_files_for_a_seller_and_both_are_named(site: World, as_: As):
    manager = as_(site.cast.channel_manager)
    assert "Say who sold it" in manager.post("/claims/draft/add", data={"add": "HL-U509"}).text
    data = {"add": "HL-U509", "seller": "seller@demo.example"}
    assert manager.post("/claims/draft/add", data=data).status_code == 303
    claim = newest()
    assert (claim.seller_id, claim.entered_by_id) == (site.cast.seller.id, site.cast.channel_manager.id)
    assert claim.partner_id == site.cast.shop.id


def test_nobody_files_for_people_of_another_partner(site: World, as_: As):
    data = {"add": "HL-U509", "seller": "rival@demo.example"}
    answer = as_(site.cast.partner_admin).post("/claims/draft/add", data=data)
    assert answer.status_code == 422
    assert "nobody you can file for" in answer.text


def test_bikes_ask_for_a_serial_number_each(site: World, as_: As):
    seller = as_(site.cast.seller)
    for _ in range(2):
        seller.post("/claims/draft/add", data={"add": "BK-M82S-38"})
    page = seller.get("/claims/new").text
    assert page.count('name="serial-') == 2
    claim = draft_claim(site, lines={}, serials=("S-1", "s1"), invoice_no="FB-3")
    answer = seller.post("/claims/draft/submit", data={"claim_id": claim.id})
    assert "is on two lines" in answer.text


def test_an_unusable_number_or_sign_never_fails_the_page(site: World, as_: As):
    seller = as_(site.cast.seller)
    nasty = ["\x00", "\ud800", "9" * 5000, "2" * 19, "<script>alert(1)</script>", "\u202e", "1e400", "NaN", "-1", "٣"]
    for text in nasty:
        seller.post("/claims/draft/add", data={"add": "HL-U509"})
        claim = newest()
        data = dict.fromkeys(("invoice_no", "sold_on", "end_customer", "note", "q", "quantity-1", "serial-1"), text)
        encoded = {name: value.encode("utf-8", "surrogatepass") for name, value in data.items()}
        for verb in ("save", "add", "remove", "submit", "detach"):
            more = {"claim_id": str(claim.id), "remove": text.encode("utf-8", "surrogatepass")}
            assert seller.post(f"/claims/draft/{verb}", data=encoded | more).status_code < 500
        assert seller.get("/claims", query_string={"q": text.encode("utf-8", "surrogatepass")}).status_code == 200
        assert seller.get("/claims/new", query_string={"q": text.encode("utf-8", "surrogatepass")}).status_code == 200


def test_with_script_every_button_of_the_form_goes_to_one_place(site: World, as_: As):
    seller = as_(site.cast.seller)
    seller.post("/claims/draft/save", data={"add": "HL-U509"}, headers=HTMX)
    claim = newest()
    refused = seller.post("/claims/draft/save", data={"claim_id": claim.id, "submit": "1"}, headers=HTMX)
    assert refused.status_code == 422
    assert 'id="claim-errors" hx-swap-oob="outerHTML show:top"' in refused.text
    assert "Add a photo or PDF of the invoice." in refused.text
    page = seller.get(f"/claims/{claim.id}/edit").text
    line_id = page.split('id="claim-line-')[1].split('"')[0]
    gone = seller.post("/claims/draft/save", data={"claim_id": claim.id, "remove": line_id}, headers=HTMX)
    assert "What you add appears here" in gone.text
    whole = draft_claim(site, invoice_no="FB-5")
    done = seller.post("/claims/draft/save", data={"claim_id": whole.id, "submit": "1"}, headers=HTMX)
    assert done.headers["HX-Redirect"] == f"/claims/{whole.id}"


def test_the_list_of_claims_asks_the_database_a_few_times_however_long_it_is(site: World, as_: As):
    counts = []
    for number in (1, 6):
        for index in range(number):
            file_claim(site, invoice_no=f"Q-{number}-{index}")
        with statements() as sent:
            as_(site.cast.channel_manager).get("/claims")
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 12
