"""The walk on the seller's phone: steps 1 to 4 and 6 to 8."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from tests.journeys.walk_stage import DESKTOP, PHONE, Stage, assert_says

STARS = re.compile(r"^(\d[\d,]*)")
LONG = 20_000  # milliseconds; a machine with other work to do is no fault of the portal


def step_1_the_terminal_names_everything(stage: Stage) -> None:
    """The command has told address, tour, password and accounts; the tour has twelve steps."""
    told = (stage.server.data / "server.log").read_text(encoding="utf-8")
    for word in (stage.server.address, "/tour", stage.server.password, "seller@demo.example", "manager2@demo.example"):
        assert word in told, told
    page = stage.open_window(PHONE)
    page.goto(f"{stage.server.address}/tour")
    expect(page.locator("main ol > li")).to_have_count(12)
    assert_says(page, "1 of 12 done")
    stage.look(page, "01-tour")
    page.context.close()


def step_2_the_seller_sees_how_far_it_is(stage: Stage) -> None:
    """What Ana has, what to do, and how far the next step is."""
    page = stage.enter("seller", PHONE)
    assert_says(page, "1,860", "22 of 25 for the badge, 40 stars each", "14 days left", "140 stars away", "2,000 stars")
    expect(page.locator(".board-row--you .board-rank")).to_have_text("4")
    expect(page.locator(".board-row--you .board-score")).to_have_text("22")
    ranks = page.locator(".board-row").all_inner_texts()
    assert [_rank(row) for row in ranks[:3]] == [("2", "31"), ("3", "25"), ("4", "22")], ranks
    stage.look(page, "02-seller-home")


def _rank(row: str) -> tuple[str, str]:
    parts = row.split()
    return parts[0], parts[-1]


def step_3_a_sale_is_claimed(stage: Stage) -> None:
    """Three products, an invoice, its photo: the sum is told before anything is sent, and nothing is lost."""
    page = stage.windows["seller"]
    started = time.monotonic()
    page.locator("main").get_by_role("link", name="Claim a sale").click()
    _add(page, "sport", "HL-U509")
    for _ in range(2):
        page.get_by_role("button", name=re.compile("^One more Sport-100 Helmet, Black")).click()
    _add(page, "sport", "HL-U509-R")
    _add(page, "water", "WB-H098")
    bottle = page.locator("#claim-lines .pick").filter(has_text="WB-H098")
    expect(bottle).to_contain_text("0 stars")
    expect(bottle).to_contain_text("n no program")
    page.get_by_label("Invoice number").fill("FB-1042")
    with page.expect_response("**/claims/draft/save"):
        page.get_by_label("Photo of the invoice").set_input_files(stage.examples / "FB-1042.pdf")
    expect(page.locator("#claim-photo")).to_contain_text("FB-1042.pdf")
    dock = page.locator("#claim-dock")
    expect(dock).to_contain_text(re.compile(r"160\s*stars"))
    expect(dock).to_contain_text("when approved, usually within one working day")
    page.reload()
    expect(page.get_by_label("Invoice number")).to_have_value("FB-1042")
    expect(page.locator("#claim-lines .pick")).to_have_count(3)
    expect(page.locator("#claim-dock")).to_contain_text(re.compile(r"160\s*stars"))
    stage.look(page, "03-claim-filled-in")
    page.get_by_role("button", name="Submit claim").click()
    page.wait_for_url(re.compile(r"/claims/\d+$"))
    print(f"filed in {time.monotonic() - started:.1f} s")  # noqa: T201  a figure, not a verdict
    assert_says(page, "FB-1042", "160 stars when approved, usually within one working day")
    stage.claim_path = page.url.removeprefix(stage.server.address)
    stage.look(page, "03-claim-filed")


def _add(page: Page, typed: str, sku: str) -> None:
    field = page.get_by_label("Product", exact=True)
    field.click()
    field.press_sequentially(typed)
    page.locator(f'#product-results button[name="add"][value="{sku}"]').click()
    expect(page.locator("#claim-lines .pick").filter(has_text=re.compile(rf"{sku}(?!-)"))).to_have_count(1)
    expect(field).to_have_value("")


def step_4_the_same_again_is_refused(stage: Stage) -> None:
    """The twin is refused while it is typed, with the way to the first; a rival finds nothing."""
    page = stage.windows["seller"]
    page.goto(f"{stage.server.address}/claims/new")
    _add(page, "sport", "HL-U509")
    with stage.expecting("422"):
        with page.expect_response("**/claims/draft/save"):
            page.get_by_label("Invoice number").fill("fb 1042")
            page.get_by_label("Invoice number").press("Tab")
        refused = page.locator("#problem-invoice_no")
        expect(refused).to_contain_text("You have already claimed invoice FB-1042")
        stage.look(page, "04-twin-refused")
        with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 422):
            page.get_by_role("button", name="Submit claim").click()
        expect(refused).to_contain_text("FB-1042")
        refused.get_by_role("link").click()
        page.wait_for_url(f"{stage.server.address}{stage.claim_path}")
    page.goto(f"{stage.server.address}/claims/new")
    page.get_by_role("button", name="Throw this draft away").click()
    page.goto(f"{stage.server.address}/")
    with stage.expecting("404"):
        rival = stage.enter("rival", PHONE)
        answer = rival.goto(stage.server.address + stage.claim_path)
        assert answer is not None
        assert answer.status == 404
        stage.look(rival, "04-rival-finds-nothing")
        rival.context.close()


def step_6_it_lands_on_the_untouched_phone(stage: Stage, approved_at: float) -> None:
    """Stars, badge and rank arrive by themselves, with one quiet celebration; how long it took is printed."""
    page = stage.windows["seller"]
    expect(page.locator("#balance")).to_contain_text("2,020", timeout=LONG)
    expect(page.locator("[data-celebration]")).to_have_count(1, timeout=LONG)
    expect(page.locator(".board-row--you .board-rank")).to_have_text("3", timeout=LONG)
    print(f"landed after {time.monotonic() - approved_at:.1f} s")  # noqa: T201  a figure, not a verdict
    expect(page.locator(".board-row--you .board-score")).to_have_text("26")
    card = page.locator("[data-celebration]")
    assert_says(page, "25 helmets", "The badge is yours", "approved by Tess Moran", selector="[data-celebration]")
    expect(card).to_be_in_viewport()
    page.screenshot(path=stage.pictures / "06-it-landed.png")
    stage.look(page, "06-it-landed")


def step_7_why_160(stage: Stage) -> None:
    """Two taps lead to the two lines, the rule, its version and the two people behind it."""
    page = stage.windows["seller"]
    page.locator("main").get_by_role("link", name="FB-1042", exact=True).first.click()
    page.get_by_role("link", name="Why 160").click()
    assert_says(page, "Why 160 stars?", "4 Sport-100 helmets x 40 stars", "2 of 3 lines count")
    assert_says(page, "WB-H098: not in this program")
    expect(page.locator("main dl.facts").first).to_contain_text(re.compile(r"Version\s*1"))
    expect(page.locator("main dl.facts").first).to_contain_text(re.compile(r"Published by\s*Tess Moran"))
    expect(page.locator("main dl.facts").first).to_contain_text(re.compile(r"Approved by\s*Sam Idris"))
    stage.look(page, "07-why-160")


def step_8_stars_are_spent(stage: Stage) -> None:
    """Ordered, canceled, ordered again; a second person sends it."""
    ana = stage.enter("seller", DESKTOP)
    expect(ana.locator("[data-celebration]")).to_have_count(0)
    _order(stage, ana)
    _expect_left(stage, ana, "2", "20 of 2,000")
    ana.goto(f"{stage.server.address}/orders")
    ana.locator("main tbody").get_by_role("link").first.click()
    ana.get_by_role("button", name="Cancel the order").first.click()
    ana.get_by_role("dialog").get_by_role("button", name="Cancel the order").click()
    expect(ana.locator("main")).to_contain_text("2,000 stars went back")
    _expect_left(stage, ana, "3", "2,020 before, 20 after")
    number = _order(stage, ana)
    sam = stage.enter("manager2", DESKTOP)
    sam.get_by_role("navigation", name="Main").get_by_role("link", name="Orders to fulfill").click()
    expect(sam).to_have_title(re.compile("^Orders"))
    stage.look(sam, "08-orders-to-fulfill")
    sam.locator("tr").filter(has_text=number).get_by_role("button", name=re.compile("^Mark as sent")).click()
    expect(sam.locator("main")).to_contain_text("Sent by Sam Idris")
    sam.context.close()
    ana.goto(f"{stage.server.address}/orders/{number}")
    assert_says(ana, "Sam Idris")
    ana.goto(f"{stage.server.address}/")
    expect(ana.locator("#balance")).to_have_text(re.compile(r"^\s*20\s*stars"))


def _order(stage: Stage, page: Page) -> str:
    page.goto(f"{stage.server.address}/rewards")
    stage.look(page, "08-rewards")
    page.get_by_role("link", name="Guided ride day").first.click()
    assert_says(page, "2,020 before, 20 after", "3 left")
    stage.look(page, "08-reward")
    page.get_by_role("button", name=re.compile("^Redeem")).click()
    page.wait_for_url(re.compile("/orders/"))
    stage.look(page, "08-order")
    return page.url.rsplit("/", 1)[1]


def _expect_left(stage: Stage, page: Page, left: str, balance: str) -> None:
    page.goto(f"{stage.server.address}/rewards/guided-ride-day")
    assert_says(page, f"{left} left", balance)


def the_tour_has_ticked_every_step(stage: Stage) -> None:
    """What the audit log shows was done is ticked; steps that are only looked at tick when opened from the tour."""
    page = stage.windows["seller"]
    page.goto(f"{stage.server.address}/tour")
    for number in (1, 3, 5, 6, 8, 10):
        expect(page.locator(f"#step-{number} .sheet-head")).to_contain_text("Done")
    stage.look(page, "13-tour-done")
