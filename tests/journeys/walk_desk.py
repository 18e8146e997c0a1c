"""The walk at the manager's desk: steps 5 and 10."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from tests.journeys.walk_stage import PHONE, Stage, assert_says, words

QUEUE = "/claims/queue"


def step_5_the_claim_is_read_and_approved(stage: Stage) -> float:
    """The queue counts right, Enter opens, A approves; returns the moment of approval."""
    page = stage.enter("manager", PHONE)
    stage.look(page, "05-manager-home")
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Claims").click()
    expect(page.locator("#queue-title")).to_have_text("20 waiting")
    chips = page.get_by_role("group", name="Which claims")
    for chip in ("All 20", "Look 2", "Asked 1", "Yours 1"):
        expect(chips.get_by_role("link", name=re.compile(rf"^{chip.replace(' ', chr(92) + 's*')}$"))).to_be_visible()
    row = page.locator("a.queue-row").filter(has_text="FB-1042")
    for _ in range(25):
        if row.evaluate("row => row.classList.contains('is-here')"):
            break
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#claim-title")).to_contain_text("FB-1042")
    assert_says(page, "Posts 160 stars to Ana Ruiz of Friendly Bike Shop", "FB-1042.pdf")
    expect(page.locator(".evidence img, .tray img").first).to_be_visible()
    stage.look(page, "05-claim-beside-evidence")
    page.keyboard.press("a")
    expect(page.locator("#queue-title")).to_have_text("19 waiting")
    return time.monotonic()


def step_5_the_rest_of_the_queue(stage: Stage) -> None:
    """One seller is asked, the safe ones go together, what she entered herself is not hers to approve."""
    page = stage.windows["manager"]
    _ask(page)
    _approve_the_safe_ones(stage, page)
    _own_claim(stage, page)


def _ask(page: Page) -> None:
    page.keyboard.press("i")
    page.get_by_label("Your question").fill("The photo is dark. Take it again by the window.")
    page.get_by_role("button", name="Ask", exact=True).click()
    chips = page.get_by_role("group", name="Which claims")
    expect(chips.get_by_role("link", name=re.compile(r"^Asked\s*2$"))).to_be_visible()


def _approve_the_safe_ones(stage: Stage, page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Approve the .* safe ones")).click()
    rows = page.locator("tbody tr[data-row]").count()
    title = words(page, "h1")
    assert title == f"Approve the {rows} safe ones", title
    stars = [int(text.split()[0].replace(",", "")) for text in page.locator("tbody td.cell-end").all_inner_texts()]
    assert_says(page, f"Posts {sum(stars):,} stars in all: {rows} claims")
    left = page.locator("aside.stack li")
    flagged = left.filter(has_text=re.compile("See the twin"))
    expect(flagged).to_have_count(2)
    assert_says(page, "claimed an invoice 0", "Serial number SN", selector="aside.stack")
    expect(left.filter(has_text="You entered it, so someone else must approve it.")).to_have_count(1)
    stage.look(page, "05-approve-the-safe-ones")
    page.get_by_role("button", name="Approve them").click()
    expect(page.locator("#queue-title")).to_have_text(f"{19 - rows} waiting")


def _own_claim(stage: Stage, page: Page) -> None:
    page.get_by_role("group", name="Which claims").get_by_role("link", name=re.compile(r"^Yours")).click()
    page.locator("a.queue-row").first.click()
    assert_says(page, "You entered this claim, so someone else must decide it. Sam Idris can.")
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    stage.look(page, "05-own-claim")
    number = re.search(r"/claims/(\d+)/", page.url)
    token = page.locator('input[name="csrf_token"]').first.input_value()
    assert number is not None
    answer = page.request.post(
        f"{stage.server.address}/claims/{number[1]}/approve",
        form={"csrf_token": token, "version": "1", "points": "80"},
        headers={"Referer": page.url},
    )
    assert answer.status == 403, answer.status
