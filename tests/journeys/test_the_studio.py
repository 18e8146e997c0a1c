"""A program from a template to live, in a real browser, by two managers: under half a minute of machine time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from portal.core import clock, db
from tests.journeys.test_first_look import listen, looks, make_app
from tests.people import PASSWORD, Cast
from tests.programs.shop_year import HELMETS, TODAY, VOLUME, closed_quarter
from tests.support.browser import open_browser, serve
from tests.support.databases import fresh_database

pytestmark = pytest.mark.xdist_group("the_studio")


@dataclass(frozen=True)
class Site:
    """A portal that answers, its people, and a browser."""

    address: str
    cast: Cast
    browser: Browser


@pytest.fixture(scope="module")
def site(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server and one browser: three programs in force, one quarter closed."""
    folder = tmp_path_factory.mktemp("studio")
    with fresh_database("sqlite", run_folder) as url, clock.frozen(TODAY):
        app = make_app(url, folder)
        cast = closed_quarter().cast
        with serve(app) as address, open_browser() as browser:
            yield Site(address, cast, browser)
        db.session.remove()
        db.engine().dispose()


def enter(site: Site, email: str) -> Page:
    """Somebody logged in, in a window of their own."""
    page = site.browser.new_context(reduced_motion="reduce", viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{site.address}/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{site.address}/")
    return page


def test_template_band_preview_ask_approve_live_in_half_a_minute(site: Site) -> None:
    tess, sam = enter(site, site.cast.channel_manager.email), enter(site, site.cast.second_manager.email)
    told = listen(tess)
    begun = time.monotonic()
    tess.goto(f"{site.address}/programs/templates")
    tess.get_by_role("button", name="Start from Volume rebate").click()
    preview = tess.get_by_role("region", name="What it would pay")
    preview.get_by_role("cell", name="37.50").first.wait_for()
    tess.get_by_label("First day").fill("2026-11-01")
    tess.get_by_text("From 1 November 2026").first.wait_for()
    tess.get_by_label("Band 2 pays").fill("3")
    preview.get_by_role("cell", name="44.00").first.wait_for()
    assert "{from: 500, percent: 3}" in tess.locator("#text").input_value()
    text = tess.locator("#text")
    text.fill(text.input_value().replace("name: Volume rebate", "name: Winter rebate"))
    tess.locator("#name").and_(tess.locator("[value='Winter rebate']")).wait_for()
    tess.get_by_role("link", name="Ask for approval").click()
    tess.get_by_role("button", name="Ask for approval").click()
    tess.get_by_role("heading", name="Waits for approval").wait_for()
    sam.goto(tess.url)
    sam.get_by_text("You approve what Tess Moran wrote").wait_for()
    sam.get_by_role("button", name="Publish this version").click()
    sam.get_by_role("heading", name="Winter rebate").wait_for()
    spent = time.monotonic() - begun
    sam.goto(f"{site.address}/programs?q=winter")
    sam.get_by_role("row", name="Winter rebate").get_by_text("Running").wait_for()
    assert told == []
    sys.stdout.write(f"from template to live in {spent:.1f} s\n")  # a figure, not a verdict


def test_a_running_spif_is_amended_and_sent_in_half_a_minute(site: Site) -> None:
    tess = enter(site, site.cast.channel_manager.email)
    told = listen(tess)
    begun = time.monotonic()
    tess.goto(f"{site.address}/programs/{HELMETS}")
    tess.get_by_role("link", name="Amend").click()
    tess.get_by_label("New last day").fill("2026-12-15")
    tess.get_by_label("Products to add").fill("WB-H098")
    tess.get_by_text("Products: WB-H098 added.").wait_for()
    tess.get_by_role("button", name="Ask for approval").click()
    tess.get_by_role("heading", name="Waits for approval").wait_for()
    sys.stdout.write(f"amended and sent in {time.monotonic() - begun:.1f} s\n")
    assert told == []


def test_no_line_breaks_between_a_number_and_its_percent_sign(site: Site) -> None:
    tess = begin(site, "Volume rebate")
    words = tess.locator(".studio-rule .says")
    assert "1\u00a0%" in words.text_content()
    assert "percent: 2.5" in tess.locator("#text").input_value()
    tess.locator("#goal").fill("Accessories up 10 %")
    tess.locator("#c0_b1_pays").fill("3")
    tess.get_by_text("and 3 % above", exact=False).or_(tess.locator(".studio-rule", has_text="3 %")).first.wait_for()
    tess.wait_for_timeout(1500)
    assert "3\u00a0%" in words.text_content()
    assert "goal: Accessories up 10 %" in tess.locator("#text").input_value()


def test_what_is_typed_while_an_answer_is_on_its_way_stays(site: Site) -> None:
    tess = enter(site, site.cast.channel_manager.email)
    tess.goto(f"{site.address}/programs/templates")
    tess.get_by_role("button", name="Start from SPIF for one product line").click()
    goal = tess.locator("#goal")
    goal.fill("")
    goal.press_sequentially("Twenty helmets in every shop before spring begins", delay=60)
    tess.wait_for_timeout(1500)
    assert goal.input_value() == "Twenty helmets in every shop before spring begins"
    tess.get_by_role("button", name="Add a component").click()
    tess.locator("#c1_method").wait_for()
    assert "Twenty helmets in every shop before spring begins" in tess.locator("#text").input_value()
    tess.locator("#c1_amount").fill("forty")
    tess.locator("#c1_amount-error").wait_for()
    assert tess.locator("#c1_amount").input_value() == "forty"


def begin(site: Site, template: str, *, latency: int = 0) -> Page:
    """A draft in the editor, on a line that takes its time."""
    tess = enter(site, site.cast.channel_manager.email)
    tess.goto(f"{site.address}/programs/templates")
    tess.get_by_role("button", name=f"Start from {template}").click()
    tess.wait_for_url("**/edit")
    slow = {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1}
    tess.context.new_cdp_session(tess).send("Network.emulateNetworkConditions", slow)
    return tess


def stored(tess: Page) -> str:
    """The text of the plan as it is kept."""
    tess.get_by_text("It reads. Fields and text say the same.").wait_for()
    tess.wait_for_timeout(1500)
    tess.reload()
    return tess.locator("#text").input_value()


def in_text(tess: Page, old: str, new: str) -> None:
    """Change words of the YAML as fast as a machine can."""
    text = tess.locator("#text")
    assert old in text.input_value()
    text.fill(text.input_value().replace(old, new))


@pytest.mark.parametrize("latency", [0, 700])
def test_form_then_text_then_form_within_a_breath_are_all_kept(site: Site, latency: int) -> None:
    tess = begin(site, "Volume rebate", latency=latency)
    told = listen(tess)
    tess.locator("#c0_b1_pays").fill("3")
    in_text(tess, "name: Volume rebate", "name: Winter rebate")
    tess.locator("#budget").fill("61000")
    tess.wait_for_timeout(200)
    in_text(tess, "from: 1800", "from: 2000")
    tess.wait_for_timeout(300)
    tess.locator("#goal").press_sequentially(" and more", delay=90)
    tess.locator("#hold_days").fill("7")
    tess.locator("#name").and_(tess.locator("[value='Winter rebate']")).wait_for()
    text = stored(tess)
    for said in (
        "from: 500, percent: 3}",
        "name: Winter rebate",
        "amount: 61000",
        "from: 2000",
        " and more",
        "days: 7",
    ):
        assert said in text, said
    assert told == []


def test_text_then_form_within_a_breath_are_both_kept(site: Site) -> None:
    tess = begin(site, "Volume rebate", latency=400)
    in_text(tess, "name: Volume rebate", "name: Autumn rebate")
    tess.wait_for_timeout(460)
    tess.locator("#c0_b1_pays").fill("3")
    tess.locator("#budget").focus()
    tess.locator("#name").and_(tess.locator("[value='Autumn rebate']")).wait_for()
    assert tess.locator("#c0_b1_pays").input_value() == "3"
    text = stored(tess)
    assert "name: Autumn rebate" in text
    assert "from: 500, percent: 3}" in text


def test_half_a_word_of_yaml_does_not_swallow_what_the_form_said(site: Site) -> None:
    tess = begin(site, "Volume rebate")
    tess.locator("#budget").fill("61000")
    in_text(tess, "name: Volume rebate", "name: [Volume")
    tess.get_by_text("the form shows the last plan that could").wait_for()
    in_text(tess, "name: [Volume", "name: Volume")
    tess.get_by_text("It reads. Fields and text say the same.").wait_for()
    assert tess.locator("#budget").input_value() == "61000"


def test_leaving_right_after_typing_keeps_the_last_letter(site: Site) -> None:
    tess = begin(site, "Volume rebate", latency=300)
    editor = tess.url
    tess.locator("#goal").fill("Every shop sells helmets")
    tess.get_by_role("link", name="Ask for approval").click()
    tess.get_by_role("button", name="Ask for approval").wait_for()
    tess.goto(editor)
    assert tess.locator("#goal").input_value() == "Every shop sells helmets"
    tess.locator("#goal").fill("Every shop sells lights")
    tess.goto(f"{site.address}/programs")
    tess.wait_for_timeout(1000)
    tess.goto(editor)
    assert tess.locator("#goal").input_value() == "Every shop sells lights"


@pytest.mark.parametrize(
    "path",
    [
        "/programs", "/programs/templates", "/programs/calendar?year=2026", f"/programs/{VOLUME}",
        f"/programs/{VOLUME}/closing", f"/programs/{HELMETS}/amend", f"/programs/{HELMETS}/sheet",
        f"/programs/{VOLUME}/compare", "/programs/drafts/1", "/programs/drafts/1/edit",
    ],
)  # fmt: skip
def test_every_page_of_the_studio_is_clean_in_both_themes_on_phone_and_desk(site: Site, path: str) -> None:
    tess = enter(site, site.cast.channel_manager.email)
    if "drafts" in path:
        tess.goto(f"{site.address}/programs/templates")
        tess.get_by_role("button", name="Start from Growth bonus").click()
        tess.wait_for_url("**/edit")
        path = tess.url.removeprefix(site.address).replace("/edit", "" if not path.endswith("edit") else "/edit")
    told = listen(tess)
    tess.goto(site.address + path)
    tess.wait_for_load_state("networkidle")
    assert looks(tess) == {}
    assert told == []
