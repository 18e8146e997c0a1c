"""The walk through the books: steps 9 to 12, as the shop's owner, the manager, finance and the auditor."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.demo.calendar import add_quarters, quarter_start
from tests.journeys.walk_stage import DESKTOP, PHONE, Stage, assert_says, words

SHOP = "AW00000290"
BESIDE = "aside[aria-label='Beside the statement']"
VOLUME = "accessories-clothing-volume"


def address_of(start: dt.date) -> str:
    """A quarter as addresses write it."""
    return f"{start.year}-Q{(start.month + 2) // 3}"


def step_9_the_shops_own_money(stage: Stage, today: dt.date, *, outlook: bool) -> None:
    """The closed quarter is a document that opens down to its lines; the open one an outlook.

    Without `outlook`, before the quarter's third business day, there is only the closed quarter to read.
    """
    page = stage.enter("partner", DESKTOP)
    stage.look(page, "09-partner-home")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Statements").click()
    closed = add_quarters(quarter_start(today), -1)
    page.locator(f'main a[href$="{address_of(closed)}"]').click()
    assert_says(
        page, "46.37", "on 2,021.77", "5.00 + 32.50 + 8.87 = 46.37", "67.12", "on 4,996.78 against 3,318.90", "113.49"
    )
    expect(page.locator(BESIDE)).to_contain_text("Gold")
    assert_says(page, "258,125.94", "41,874.06 more to platinum", selector=BESIDE)
    stage.look(page, "09-closed-statement")
    _open_the_order(page)
    if outlook:
        assert_says(page, "127.30", "455.00 more by the quarter's end earns 18.20 and opens the 5 % band")
    page.get_by_role("link", name="Compare line by line").click()
    assert_says(page, "A draft, not in force", "80.87", "2,021.77 of accessories and clothing at 4 % is 80.87")
    stage.look(page, "09-whole-volume-twin")
    if outlook:
        page.goto(f"{stage.server.address}/statements/{SHOP}/{address_of(quarter_start(today))}")
        assert_says(page, "127.30", "on 4,045.00", "SO67294")
        stage.look(page, "09-open-statement")


def _open_the_order(page: Page) -> None:
    """Press down from the rebate to the order and its lines; their shares make the amount."""
    rebate = page.locator(".paper .trace > details").filter(has_text="clothing volume rebate").first
    _open(rebate)
    order = rebate.locator("details").filter(has_text="Order SO61195").first
    _open(order)
    expect(order).to_contain_text("18 of 29 lines count")
    lines = order.locator("tbody tr").filter(has_text="SO61195-")
    expect(lines.filter(has_text="SO61195-19")).to_contain_text("Hitch Rack")
    shares = [_number(text) for text in lines.locator("td:last-child").all_inner_texts()]
    assert (len(shares), sum(shares)) == (18, 4637), shares


def _open(details: Locator) -> None:
    if details.get_attribute("open") is None:
        details.locator("summary").first.click()


def step_10_late_data(stage: Stage, today: dt.date) -> None:
    """A return arrives after its quarter was closed: the closed statement stays, the open one says what changed."""
    page = stage.windows.get("manager") or stage.enter("manager", DESKTOP)
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page.goto(stage.server.address)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Imports").click()
    expect(page).to_have_title(re.compile("^Imports"))
    stage.look(page, "10-imports")
    page.get_by_role("link", name="Import a file").first.click()
    page.get_by_label("CSV file").set_input_files(stage.examples / "late.csv")
    page.get_by_label("Source").fill("erp")
    stage.look(page, "10-upload")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("button", name="Confirm: 1 new")).to_be_visible()
    found = page.locator("[aria-label='What was found']")
    expect(found).to_have_text(
        re.compile(r"Rows read\s*4\s*New\s*1\s*Same as before\s*1\s*Conflicts\s*1\s*Errors\s*1(?!\d)")
    )
    refused = page.locator("table", has=page.locator("caption", has_text="Refused rows")).locator("tbody tr")
    expect(refused.filter(has_text="RA-H999")).to_contain_text(re.compile(r"5\s*sku\s*RA-H999"))
    stage.look(page, "10-checked")
    page.get_by_role("button", name="Confirm: 1 new").click()
    expect(page.locator("main")).to_contain_text("Done")
    _statements_after(stage, today)


def _statements_after(stage: Stage, today: dt.date) -> None:
    lou = stage.windows.get("partner") or stage.enter("partner", DESKTOP)
    start = quarter_start(today)
    closed = f"{stage.server.address}/statements/{SHOP}/{address_of(add_quarters(start, -1))}"
    opened = f"{stage.server.address}/statements/{SHOP}/{address_of(start)}"
    for _ in range(40):
        lou.goto(opened)
        if "-17.28" in words(lou):
            break
        lou.wait_for_timeout(250)
    adjusted = lou.locator("table", has=lou.locator("caption", has_text="Changes of earlier periods"))
    expect(adjusted.locator("tbody tr")).to_have_count(2)
    assert_says(lou, "From 46.37 to 37.73.", "From 67.12 to 58.48.")
    assert words(lou, ".paper").count("-8.64: three hitch racks of SO61195 came back") == 2
    stage.look(lou, "10-open-statement")
    lou.goto(closed)
    assert_says(lou, "5.00 + 32.50 + 8.87 = 46.37", "67.12", "113.49", "this one stays as it was locked")


def step_11_the_books_foot(stage: Stage, today: dt.date) -> None:
    """One line a unit, each foots and opens; the terminal proves and explains the same."""
    page = stage.enter("finance", DESKTOP)
    stage.look(page, "11-finance-home")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Roll-forward").click()
    rows = page.locator("#roll-forward tbody tr")
    for row in rows.all():
        expect(row).to_contain_text("Foots")
        cells = [_number(text) for text in row.locator("td.num").all_inner_texts()]
        opening, earned, adjusted, redeemed, expired, paid, closing = cells
        assert opening + earned + adjusted - redeemed - expired - paid == closing, cells
    dollars = rows.filter(has=page.get_by_role("rowheader", name="USD"))
    stage.look(page, "11-roll-forward")
    dollars.get_by_role("link", name=re.compile("17.28")).first.click()
    expect(page.locator("main tbody tr")).to_have_count(2)
    assert words(page).count("-8.64") == 2, words(page)
    stage.look(page, "11-two-entries")
    page.context.close()
    _terminal(stage, today)


def _number(text: str) -> int:
    first = text.replace("\N{MINUS SIGN}", "-").split()[0]
    return int(re.sub(r"[.,]", "", first))


def _terminal(stage: Stage, today: dt.date) -> None:
    verified = stage.server.portal("verify")
    assert verified.returncode == 0, verified
    assert "All is well" in verified.stdout
    book = sqlite3.connect(stage.server.data / "portal.sqlite3", timeout=30)
    with closing(book), pytest.raises(sqlite3.IntegrityError, match="append"):
        book.execute("UPDATE ledger_posting SET amount = amount + 1")
    start = add_quarters(quarter_start(today), -1)
    told = stage.server.portal("explain", VOLUME, SHOP, start.isoformat())
    assert told.returncode == 0, told
    assert "37.73" in told.stdout


def step_12_it_can_be_proved(stage: Stage, today: dt.date) -> None:
    """One search tells the story of the invoice; the statement prints; nobody publishes alone."""
    page = stage.enter("auditor", DESKTOP)
    stage.look(page, "12-auditor-home")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("FB-1042")
    row = page.get_by_role("option", name=re.compile("story of FB-1042"))
    expect(row).to_be_visible()
    stage.look(page, "12-palette")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=FB-1042"))
    told = words(page)
    places = [
        told.find(word)
        for word in ("submitted", "filing refused", "approved", "Posted 160 stars", "Badge Helmet sprint 25")
    ]
    assert -1 not in places, told
    assert_says(page, "Ana Ruiz", "Tess Moran", "version 1", "hash", "fulfilled")
    stage.look(page, "12-story")
    _paper(stage, page, today)
    _publish(stage, page)


def _paper(stage: Stage, page: Page, today: dt.date) -> None:
    closed = address_of(add_quarters(quarter_start(today), -1))
    page.goto(f"{stage.server.address}/statements/{SHOP}/{closed}")
    stage.look(page, "12-statement")
    page.emulate_media(media="print")
    for hidden in (".rail", ".topbar", ".no-print"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".paper")).to_be_visible()
    paper = page.pdf(path=stage.pictures / "12-statement.pdf", format="Letter")
    assert paper.startswith(b"%PDF")
    page.emulate_media(media="screen")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    stage.look(page, "12-statement-360")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]


def _publish(stage: Stage, page: Page) -> None:
    plan = str(stage.examples / "plans" / f"{VOLUME}-whole.yaml")
    manager, second = "manager@demo.example", "manager2@demo.example"
    alone = stage.server.portal("programs", "publish", plan, "--by", manager, "--approved-by", manager)
    assert alone.returncode == 1, alone
    assert "someone else" in alone.stderr
    both = stage.server.portal("programs", "publish", plan, "--by", manager, "--approved-by", second)
    assert both.returncode == 0, both
    assert "version 2" in both.stdout
    page.goto(f"{stage.server.address}/audit?q=published")
    row = page.locator("tbody tr").filter(has_text=re.compile("published", re.IGNORECASE)).first
    row.get_by_role("link").first.click()
    assert_says(page, "Tess Moran", "Sam Idris")
    stage.look(page, "12-audit-entry")
