"""The estimator: hypothetical sales through the engine, told with their trace; nothing is stored."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.core import clock
from portal.core.db import session, transaction
from portal.ledger.models import LedgerEntry
from portal.partners.spif.services import answer_spifs
from portal.programs.definitions.services import publish_version
from portal.programs.runs.models import ProgramRun
from portal.sales.journal.models import SaleLine
from tests.people import fresh, viewer_of
from tests.programs.shop_year import TODAY, VOLUME, closed_quarter
from tests.programs.test_participation import SHOP, As, read

pytestmark = pytest.mark.one_database
JERSEYS = "sku=LJ-0192&quantity=1&price=455.00"


def _stored() -> tuple[int, ...]:
    counts = tuple(
        session.scalar(select(func.count()).select_from(model)) or 0 for model in (SaleLine, LedgerEntry, ProgramRun)
    )
    session.rollback()
    return counts


def test_a_sale_that_opens_the_next_band_pays_what_the_engine_says(app: Flask, as_: As) -> None:
    admin = as_(closed_quarter().cast.partner_admin)
    before = _stored()
    page = read(admin, f"/estimate?{JERSEYS}")
    for told in ("This sale would pay", "From 127.30 USD to 145.50 USD.", "18.20", "Long-Sleeve Logo Jersey"):
        assert told in page, told
    more = read(admin, "/estimate?sku=LJ-0192&quantity=2&price=455.00")
    assert "40.95" in more  # the second one lies in the 5 % band
    assert _stored() == before


def test_lines_that_do_not_count_say_why(app: Flask, as_: As) -> None:
    admin = as_(closed_quarter().cast.partner_admin)
    bike = read(admin, "/estimate?sku=BK-R19B&quantity=1&price=540.00")
    assert "Nothing of it counts" in bike
    assert "category Bikes" in bike
    sold_out = read(admin, f"/estimate?{JERSEYS}&flow=sell_out")
    assert "Nothing" in sold_out
    assert "the program counts" in sold_out


def test_a_seller_sees_the_stars_of_a_sale(app: Flask, as_: As) -> None:
    seller = as_(closed_quarter().cast.seller)
    page = read(seller, "/estimate?sku=HL-U509&quantity=3")
    assert "120" in page
    assert "volume rebate" not in page


def test_a_shop_that_forbids_bonuses_says_so(app: Flask, as_: As) -> None:
    cast = closed_quarter().cast
    with clock.frozen(TODAY), transaction():
        answer_spifs(fresh(cast.shop), "forbidden", valid_from=clock.today())
    page = read(as_(cast.seller), "/estimate?sku=HL-U509&quantity=3")
    assert "has not allowed bonuses" in page


def test_adding_and_removing_goes_through_the_address(app: Flask, as_: As) -> None:
    admin = as_(closed_quarter().cast.partner_admin)
    with clock.frozen(TODAY):
        added = admin.get(f"/estimate?{JERSEYS}&q=rack&add=RA-H123")
        assert added.status_code == 303
        assert "sku=RA-H123" in added.headers["Location"]
        assert "price=455.00" in added.headers["Location"]
        removed = admin.get(f"/estimate?{JERSEYS}&remove=0")
        assert "sku=" not in removed.headers["Location"]
        part = admin.get(f"/estimate?{JERSEYS}&add=RA-H123", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div id="estimate"')
    assert "sku=RA-H123" in part.headers["HX-Replace-Url"]
    assert "Hitch Rack" in read(admin, "/estimate?q=rack")
    assert "No product is called “zzzzqqqq”" in read(admin, "/estimate/products?q=zzzzqqqq")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("sku=LJ-0192&quantity=0", "whole number from 1"),
        ("sku=LJ-0192&quantity=one&price=1", "whole number from 1"),
        ("sku=LJ-0192&quantity=1&price=1e9", "not a plain number"),
        ("sku=LJ-0192&quantity=1&price=-5", "zero or more"),
        ("sku=LJ-0192&quantity=1&price=1.999", "more decimals"),
        ("sku=LJ-0192&quantity=99999999999999999999", "whole number from 1"),
        ("sku=NO-SUCH&quantity=1", "No product is called “NO-SUCH”"),
        (f"{JERSEYS}&day=yesterday", "is no day"),
        (f"{JERSEYS}&day=0001-01-01", "within ten years"),
        (f"{JERSEYS}&flow=nonsense&program=nonsense", "Jersey"),
        ("sku=%00&remove=99999&add=", "Product"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_kept(app: Flask, as_: As, query: str, told: str) -> None:
    assert told in read(as_(closed_quarter().cast.partner_admin), f"/estimate?{query}")


def test_an_estimate_is_shared_with_the_shops_own_people_only(app: Flask, as_: As) -> None:
    cast = closed_quarter().cast
    shared = f"/estimate?for={SHOP}&program={VOLUME}&{JERSEYS}"
    assert "18.20" in read(as_(cast.channel_manager), shared)
    assert "Partner code" in read(as_(cast.finance), "/estimate")
    for stranger in (cast.rival_admin, cast.rival_seller, cast.distributor_admin, cast.seller):
        read(as_(stranger), shared, 404)


def test_a_day_without_a_program_says_so(app: Flask, as_: As) -> None:
    page = read(as_(closed_quarter().cast.partner_admin), f"/estimate?{JERSEYS}&day=2025-06-01")
    assert "No program that pays you runs on 1 June 2025" in page


SCARCE = """
code: scarce
name: While it lasts
kind: rebate
effective: {from: 2026-10-01, until: 2027-01-01}
period: month
pay: {in: USD}
qualify: {categories: [Accessories]}
budget: {amount: 25, when_reached: stop}
stack: {group: g, policy: best}
components: [{code: flat, method: percent, percent: 10}]
"""
RIVAL_PLAN = """
code: for-people
name: For people
kind: spif
effective: {from: 2026-10-01, until: 2027-01-01}
period: month
pay: {in: USD}
participant: seller
qualify: {categories: [Accessories], flow: sell_in}
stack: {group: g, policy: best}
components: [{code: flat, method: percent, percent: 5}]
"""


def test_a_budget_that_is_nearly_spent_pays_what_is_left(app: Flask, as_: As) -> None:
    channel = closed_quarter()
    cast = channel.cast
    with clock.frozen(TODAY), transaction():
        for plan in (SCARCE, RIVAL_PLAN):
            publish_version(plan, by=viewer_of(cast.channel_manager), approved_by=viewer_of(cast.second_manager))
    rival = channel.line("R-1", "RA-H123", "2026-10-20", 20_000, cast.rival_shop)
    channel.arrive("2026-10-21T09:00", rival)
    page = read(as_(cast.partner_admin), "/estimate?sku=RA-H123&quantity=1&price=120.00&program=scarce")
    assert "5.00" in page  # of 12.00, because the rival was served 20.00 of 25.00 the month before
    assert "The budget of 25.00 USD is paid out" in page


SPLIT_FIRST = """
code: halves
name: Two halves
kind: rebate
effective: {from: 2026-10-01}
period: quarter
pay: {in: USD}
qualify: {categories: [Accessories]}
components: [{code: flat, method: percent, percent: 10}]
"""
SPLIT_SECOND = SPLIT_FIRST.replace("2026-10-01", "2026-11-10").replace("percent: 10", "percent: 20")


def test_in_a_period_two_versions_share_the_one_of_the_day_is_told(app: Flask, as_: As) -> None:
    cast = closed_quarter().cast
    writer, approver = viewer_of(cast.channel_manager), viewer_of(cast.second_manager)
    with clock.frozen(TODAY), transaction():
        publish_version(SPLIT_FIRST, by=writer, approved_by=approver)
        publish_version(SPLIT_SECOND, by=writer, approved_by=approver, inside_period="split")
    page = read(as_(cast.partner_admin), "/estimate?sku=RA-H123&quantity=1&price=100.00&program=halves")
    assert "20.00" in page
    assert "20 %" in page
