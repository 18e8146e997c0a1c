"""An earning as a PDF: everything of its page as searchable text, the trace as data attached, for its readers only."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.core.money import show_minor
from portal.programs.definitions.services import publish_version
from portal.programs.runs.explanations import explain
from portal.programs.statements.commands import explain_command
from portal.programs.statements.papers import earning_pdf
from portal.programs.statements.participants import find_participant
from tests.engine.test_verifier import verified
from tests.people import viewer_of
from tests.programs.shop_year import GROWTH, HELMETS, Q3, SPRINT, TODAY, VOLUME, closed_quarter, open_channel

Db = scoped_session[Session]
As = Callable[..., FlaskClient]
SHOP = "AW00000290"


def text_of(content: bytes) -> str:
    """The text of all pages, runs of white space as one."""
    with pdfium.PdfDocument(content) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return re.sub(r"\s+", " ", " ".join(pages))


def attached(content: bytes) -> tuple[str, bytes]:
    """The name and the bytes of the one file a PDF carries."""
    with pdfium.PdfDocument(content) as document:
        assert document.count_attachments() == 1
        one = document.get_attachment(0)
        return one.get_name(), bytes(one.get_data())


def paper_of(program: str, code: str, period: dt.date, *, budget: bool = True) -> bytes:
    who = find_participant(code)
    assert who is not None
    told = explain(program, who.kind, who.id, who.code, period)
    return earning_pdf(told, who, budget=budget)


def test_the_paper_holds_every_fact_of_the_page(db: Db) -> None:
    closed_quarter()
    with clock.frozen(TODAY):
        told = text_of(paper_of(VOLUME, SHOP, Q3))
    for fact in (
        "Accessories and clothing volume rebate", "1 July 2026 to 30 September 2026", SHOP, "46.37 USD", "Version 1",
        "Published by Tess Moran", "Approved by Sam Idris", "Engine 2.0", "reseller, gold, Northwest",
        "Each step of the scale pays: 5.00 + 32.50 + 8.87 = 46.37.", "1,300.00 at 2.5 % 32.50", "221.77 at 4 % 8.87",
        "By the rule 46.3708", "Rounded once, half away from zero 46.37", "Hitch Rack - 4-Bike", "216.00 4.95",
        "Road-750 Black not in this program: category Bikes / Road Bikes",
    ):  # fmt: skip
        assert fact in told, fact


def test_the_year_before_is_on_the_paper_of_a_growth_bonus(db: Db) -> None:
    closed_quarter()
    told = text_of(paper_of(GROWTH, SHOP, Q3))
    assert "The year before" in told
    assert "3,318.90" in told
    assert "67.12 USD" in told


def test_the_attached_data_bears_the_digest_printed_and_can_be_verified(db: Db) -> None:
    closed_quarter()
    content = paper_of(VOLUME, SHOP, Q3)
    name, data = attached(content)
    assert name == f"{VOLUME}-{SHOP}-2026-07-01.json"
    assert hashlib.sha256(data).hexdigest() in text_of(content).replace(" ", "")
    rows = json.loads(data)
    assert [row["earned"] for row in rows] == ["46.37"]
    assert [verified(row) for row in rows] == [[]]


def test_the_same_facts_give_the_same_bytes(db: Db) -> None:
    closed_quarter()
    with clock.frozen(TODAY):
        assert paper_of(VOLUME, SHOP, Q3) == paper_of(VOLUME, SHOP, Q3)


def test_a_sprint_is_printed_in_stars(db: Db) -> None:
    channel = open_channel()
    channel.sold_out("2026-11-10T09:00", ("FB-1042-1", "HL-U509", 3), ("FB-1042-3", "WB-H098", 1))
    told = text_of(paper_of(HELMETS, channel.cast.seller.email, SPRINT))
    assert "120 stars" in told
    assert "3 Sport-100 helmets × 40 stars." in told
    assert "Water Bottle - 30 oz. not in this program: product WB-H098" in told


@pytest.mark.parametrize(("currency", "amount"), [("JPY", 123_457), ("KWD", 1_234_567)])
def test_yen_and_dinars_keep_their_decimals(db: Db, currency: str, amount: int) -> None:
    channel = closed_quarter()
    cast = channel.cast
    plan = f"""
code: abroad
name: Paid abroad
kind: rebate
effective: {{from: 2026-01-01}}
period: quarter
pay: {{in: {currency}}}
qualify: {{sources: [abroad]}}
caps: {{per_line: 3}}
components: [{{code: flat, method: percent, percent: 1.2345}}]
multipliers: [{{when: {{tiers: [gold]}}, by: 1.25}}]
"""
    with clock.frozen(TODAY), transaction():
        publish_version(plan, by=viewer_of(cast.channel_manager), approved_by=viewer_of(cast.second_manager))
    line = channel.line("T-1", "BK-R19B", "2026-10-10", amount, cast.shop)
    channel.arrive("2026-11-10T09:00", replace(line, currency=currency), source="abroad")
    told = explain("abroad", "partner", cast.shop.id, SHOP, dt.date(2026, 10, 1))
    text = text_of(paper_of("abroad", SHOP, dt.date(2026, 10, 1)))
    assert told.earned == 3 * 10 ** (0 if currency == "JPY" else 3)
    assert f"{show_minor(told.earned, currency)} {currency}" in text
    assert f"1 10 Oct {show_minor(amount, currency)} 1.25 {show_minor(told.earned, currency)}" in text
    assert "Times 1.25" in text
    assert f"No line pays more than {show_minor(told.earned, currency)}" in text


def test_five_hundred_lines_go_on_over_pages_and_still_sum_up(db: Db) -> None:
    channel = closed_quarter()
    shop = channel.cast.shop
    lines = [channel.line(f"B-{n}", "RA-H123", "2026-10-20", 1_000 + n, shop) for n in range(500)]
    channel.arrive("2026-11-10T09:00", *lines)
    content = paper_of(VOLUME, SHOP, dt.date(2026, 10, 1))
    with pdfium.PdfDocument(content) as document:
        count = len(document)
    text = text_of(content)
    assert count > 8
    assert f"Page {count} of {count}" in text
    shown = re.findall(r"B-(\d+) Hitch Rack - 4-Bike 1 20 Oct ([\d,.]+) ([\d.]+)", text)
    assert len(shown) == 500
    told = explain(VOLUME, "partner", shop.id, SHOP, dt.date(2026, 10, 1))
    shares = {line.fact.external_id: line.fact.share for line in told.components[0].counted}
    assert {f"B-{number}": share for number, _, share in shown} == {
        name: show_minor(share, "USD") for name, share in shares.items() if name.startswith("B-")
    }


def test_the_door_is_that_of_the_page_and_strangers_find_nothing(app: Flask, as_: As) -> None:
    cast = closed_quarter().cast
    page = f"/programs/{VOLUME}/earnings/{SHOP}/2026-07-01"
    with clock.frozen(TODAY):
        for reader in (cast.partner_admin, cast.finance, cast.auditor):
            client = as_(reader)
            assert f'href="{page}/trace.pdf"' in client.get(page).text
            answer = client.get(f"{page}/trace.pdf")
            assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
            assert f'filename="{VOLUME}-{SHOP}-2026-07-01.pdf"' in answer.headers["Content-Disposition"]
        for stranger in (cast.rival_admin, cast.rival_seller, cast.seller, cast.distributor_admin):
            assert as_(stranger).get(f"{page}/trace.pdf").status_code == 404
        assert as_(cast.finance).get(f"{page[:-10]}2026-08-01/trace.pdf").status_code == 422
        assert as_(cast.finance).get(f"{page}/trace.pdf?known=summer").status_code == 422


def test_the_command_writes_the_same_paper(db: Db, tmp_path: Path) -> None:
    closed_quarter()
    file = tmp_path / "earning.pdf"
    with clock.frozen(TODAY):
        words = [VOLUME, SHOP, "2026-07-01", "--pdf", str(file)]
        answer = CliRunner().invoke(explain_command, words, catch_exceptions=False)
        assert answer.output == f"Written to {file}.\n"
        assert file.read_bytes() == paper_of(VOLUME, SHOP, Q3)
