"""Seeded claims, their drawn evidence, and the catalog files."""

import io
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from portal.demo.channel import DemoChannel
from portal.demo.documents import SAMPLE_FILE, evidence, sample_invoice, write_samples
from portal.demo.examples import FOLDER, catalog, partner_by_code
from portal.demo.generate_claims import Claim
from portal.demo.generate_people import ANA, ANA_SHOP, MANAGER, people
from portal.demo.generate_tickets import SPRINT_SKUS

DAYS = [date(2026, 10, 1), date(2028, 2, 29), date(2026, 12, 31), date(2027, 3, 28), date(2026, 11, 22)]
TODAY = DAYS[-1]


@pytest.fixture(params=DAYS, ids=str)
def claims(request: pytest.FixtureRequest) -> list[Claim]:
    return DemoChannel(request.param).claims()


def _group(claims: list[Claim], name: str) -> list[Claim]:
    return [claim for claim in claims if claim.group == name]


def test_seventeen_claims_wait_and_fourteen_of_them_are_safe_for_1240_stars(claims: list[Claim]) -> None:
    waiting = [claim for claim in claims if claim.state == "submitted"]
    assert Counter(claim.group for claim in waiting) == {"safe": 14, "flagged": 2, "on_behalf": 1}
    assert sum(claim.expected_stars for claim in _group(claims, "safe")) == 1_240
    assert len({claim.partner for claim in waiting}) == 17


def test_waiting_claims_leave_the_ranking_of_the_northwest_alone(claims: list[Claim]) -> None:
    waiting = [claim for claim in claims if claim.state == "submitted"]
    assert "Northwest" not in {partner_by_code()[claim.partner]["territory"] for claim in waiting}


def test_a_flagged_claim_names_its_reason_and_an_approved_twin_of_another_shop(claims: list[Claim]) -> None:
    by_key = {claim.key: claim for claim in claims}
    for claim in _group(claims, "flagged"):
        assert claim.finding is not None
        twin = by_key[claim.finding.twin]
        assert twin.state == "approved"
        assert twin.partner != claim.partner
        assert twin.submitted_at < claim.submitted_at
    invoice, serial = sorted(_group(claims, "flagged"), key=lambda claim: claim.key)

    def plain(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    assert plain(invoice.invoice_no) == plain(by_key["twin-invoice"].invoice_no)
    assert invoice.invoice_no != by_key["twin-invoice"].invoice_no
    assert serial.lines[0].serial_no == by_key["twin-serial"].lines[0].serial_no != ""


def test_one_claim_was_entered_by_the_manager_on_a_shops_behalf(claims: list[Claim]) -> None:
    (claim,) = _group(claims, "on_behalf")
    assert claim.entered_by == MANAGER != claim.seller


def test_ana_has_approved_claims_one_in_review_and_one_whose_photo_is_cut_off(claims: list[Claim]) -> None:
    own = [claim for claim in claims if claim.seller == ANA]
    assert Counter(claim.state for claim in own) == {"approved": 4, "in_review": 1, "info_requested": 1}
    asked = next(claim for claim in own if claim.state == "info_requested")
    assert "cuts off the invoice number" in asked.note
    assert "FB-1042" not in {claim.invoice_no for claim in own}


@pytest.mark.parametrize("today", DAYS)
def test_an_approved_claim_describes_a_sale_the_journal_already_knows(today: date) -> None:
    channel = DemoChannel(today)
    journal = {
        (row["partner"], row["invoice_no"], row["sku"], row["quantity"], row["amount"], row["sold_on"], row["seller"])
        for row in channel.known_lines().filter(pl.col("flow") == "sell_out").rows(named=True)
    }
    approved = [claim for claim in channel.claims() if claim.state == "approved"]
    assert len(approved) == 6
    for claim in approved:
        (line,) = claim.lines
        assert (
            claim.partner,
            claim.invoice_no,
            line.sku,
            line.quantity,
            line.amount,
            claim.sold_on,
            claim.seller,
        ) in journal


@pytest.mark.parametrize("today", DAYS)
def test_claims_not_yet_approved_are_not_in_the_journal(today: date) -> None:
    channel = DemoChannel(today)
    invoices = set(channel.lines.select("partner", "invoice_no").unique().rows())
    open_claims = [claim for claim in channel.claims() if claim.state != "approved"]
    assert not {(claim.partner, claim.invoice_no) for claim in open_claims} & invoices
    assert (ANA_SHOP, "FB-1042") not in invoices


@pytest.mark.parametrize("today", DAYS)
def test_every_claim_was_filed_and_decided_before_today_by_people_who_exist(today: date) -> None:
    channel = DemoChannel(today)
    shops = {person.email: person.partner for person in people(channel.shift)}
    midnight = datetime.combine(today, datetime.min.time(), UTC)
    for claim in channel.claims():
        assert shops[claim.seller] == claim.partner
        assert claim.entered_by in shops
        assert claim.submitted_at < (claim.decided_at or midnight) <= midnight + timedelta(hours=9, minutes=20)
        assert claim.decided_by in {"", *shops} - {claim.entered_by}
        helmets = sum(line.quantity for line in claim.lines if line.sku in SPRINT_SKUS)
        assert claim.expected_stars == 40 * helmets


def test_evidence_is_of_the_type_its_name_says_and_small() -> None:
    for claim in DemoChannel(TODAY).claims():
        content = evidence(claim)
        assert content[:4] == (b"%PDF" if claim.file.endswith(".pdf") else b"\xff\xd8\xff\xe0")
        assert len(content) < 60_000


def test_the_cut_off_photo_lost_its_top() -> None:
    photos = {c.key: Image.open(io.BytesIO(evidence(c))) for c in DemoChannel(TODAY).claims() if c.file.endswith("jpg")}
    assert photos["ana-photo-cut-off"].height < 0.85 * photos["ana-in-review"].height


def test_the_sample_files_of_the_walk_are_written(tmp_path: Path) -> None:
    write_samples(tmp_path / "samples", TODAY, "external_id\n")
    assert (tmp_path / "samples" / SAMPLE_FILE).read_bytes() == sample_invoice(TODAY) != sample_invoice()
    assert (tmp_path / "samples" / "late.csv").read_text() == "external_id\n"
    assert (FOLDER / SAMPLE_FILE).read_bytes()[:4] == b"%PDF"


def test_the_reward_catalog_has_enough_of_every_type() -> None:
    rewards = catalog("rewards")["rewards"]
    assert len(rewards) >= 14
    assert {r["type"] for r in rewards} == {"merchandise", "gift_card", "experience", "donation", "training"}
    assert len({r["code"] for r in rewards}) == len({r["art"] for r in rewards}) == len(rewards)
    assert all(int(r["points"]) > 0 and r["description"].endswith(".") for r in rewards)
    tiers = {tier["code"] for tier in catalog("tiers")["tiers"]}
    assert {r["min_tier"] for r in rewards} <= tiers | {"null"}
    assert len({r["min_tier"] for r in rewards}) > 2


def test_the_guided_ride_day_costs_2000_stars_and_has_three_places() -> None:
    ride = next(r for r in catalog("rewards")["rewards"] if r["name"] == "Guided ride day")
    assert (ride["type"], ride["points"], ride["stock"], ride["min_tier"]) == ("experience", "2000", "3", "null")


def test_there_are_six_badges_with_a_rule_each() -> None:
    badges = catalog("badges")["badges"]
    assert len({badge["code"] for badge in badges}) == len({badge["glyph"] for badge in badges}) == 6
    assert all(int(badge["rule"]["at"]) > 0 and badge["rule"]["count"] for badge in badges)
    sprint = next(badge for badge in badges if badge["name"] == "Helmet sprint 25")
    assert sprint["rule"] == {"count": "units", "flow": "sell_out", "program": "helmet-sprint", "at": "25"}
