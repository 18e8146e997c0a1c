"""The first look of every role in a real browser: nothing refused by the policy, nothing axe would change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from portal.app import create_app
from portal.config import Settings
from portal.core import clock, db
from tests.claims.world import NOW, World, file_claim, make_world
from tests.home.conftest import approve
from tests.people import PASSWORD
from tests.support.axe import violations
from tests.support.browser import open_browser, serve
from tests.support.databases import fresh_database

ROLES = ("seller", "partner_admin", "channel_manager", "finance", "auditor", "admin")
# Cells of one row that lie on each other: the words of both are lost.
OVERLAPS = """() => [...document.querySelectorAll('.data tbody tr')].flatMap(row => {
  const cells = [...row.children].map(cell => [cell, cell.getBoundingClientRect()]);
  const shown = cells.filter(([cell, box]) => box.width > 1 && box.height > 1 && cell.innerText.trim());
  return shown.flatMap(([a, one], at) => shown.slice(at + 1)
    .filter(([, two]) => Math.min(one.right, two.right) - Math.max(one.left, two.left) > 1
      && Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > 1)
    .map(([b]) => a.innerText + ' / ' + b.innerText));
}).slice(0, 3)"""
LOOKS = [(360, "light"), (360, "dark"), (1440, "light"), (1440, "dark")]


@dataclass(frozen=True)
class Site:
    """A portal that answers, its people, and a browser."""

    address: str
    world: World
    browser: Browser
    paths: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def site(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server and one browser for all looks: FB-1042 approved, FB-1043 waiting."""
    folder = tmp_path_factory.mktemp("first-look")
    with fresh_database("sqlite", run_folder) as url, clock.frozen(NOW):
        app = make_app(url, folder)
        world = make_world(folder / "files")
        approve(world, file_claim(world).id)
        file_claim(world, invoice_no="FB-1043", lines={"HL-U509": 2})
        with serve(app) as address, open_browser() as browser:
            yield Site(address, world, browser, paths_of(app))
        db.session.remove()
        db.engine().dispose()


def paths_of(app: Flask) -> tuple[str, ...]:
    """Every address a page may stand at that needs no argument."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return tuple(sorted(rule.rule for rule in rules if not rule.rule.startswith("/static")))


def make_app(url: str, folder: Path) -> Flask:
    """The portal as the demo serves it, with its ribbon, its tokens and its policy."""
    (folder / "demo.json").write_text(json.dumps({"built_at": "2026-11-19T08:00:00+00:00"}), encoding="utf-8")
    return create_app(Settings(data_dir=folder, database_url=url, secret_key="t" * 48, demo=True, testing=True))


def log_in(site: Site, page: Page, role: str) -> None:
    """Through the page, as a person would."""
    page.goto(f"{site.address}/login")
    page.get_by_label("E-mail").fill(getattr(site.world.cast, role).email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{site.address}/")
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("role", ROLES)
def test_the_home_of_a_role_is_clean_in_both_themes_on_phone_and_desk(site: Site, role: str) -> None:
    context = site.browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    told = listen(page)
    log_in(site, page, role)
    assert looks(page) == {}
    assert told == []
    context.close()


def test_every_page_without_arguments_is_clean_for_the_first_role_that_may_open_it(site: Site) -> None:
    left, wrong, seen = set(site.paths) - {"/", "/tour"}, {}, 0
    for role in ROLES:
        context = site.browser.new_context(reduced_motion="reduce")
        page = context.new_page()
        log_in(site, page, role)
        for path in sorted(left):
            answer = context.request.get(site.address + path, max_redirects=0)
            if answer.status != 200 or "<html" not in answer.text():
                continue
            left.discard(path)
            page.goto(site.address + path)
            page.wait_for_load_state("networkidle")
            seen += 1
            if found := looks(page):
                wrong[f"{role} {path}"] = found
        context.close()
    assert wrong == {}
    assert seen >= 40


def test_the_tour_is_clean_and_opens_a_page_as_its_person_in_one_click(site: Site) -> None:
    context = site.browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    told = listen(page)
    page.goto(f"{site.address}/tour")
    assert looks(page) == {}
    page.get_by_role("button", name="Open as Ana").click()
    page.wait_for_url(f"{site.address}/")
    page.get_by_role("heading", name="Your stars").wait_for()
    page.get_by_role("link", name="Change person").click()
    page.locator("#step-2").get_by_text("Done", exact=True).wait_for()
    assert told == []
    context.close()


def listen(page: Page) -> list[str]:
    """What the browser complains about from now on, refusals of the policy included."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    return told


def looks(page: Page) -> dict[str, tuple[list[str], int]]:
    """What axe finds and how far the page is too wide, by width and theme."""
    wrong = {}
    for width, theme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        found = [violation["id"] for violation in violations(page)]
        found += [f"overlap: {pair}" for pair in page.evaluate(OVERLAPS)]
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if found or wide > 0:
            wrong[f"{width} {theme}"] = (found, wide)
    return wrong


def test_an_approval_lands_on_the_phone_nobody_touches(site: Site) -> None:
    context = site.browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    log_in(site, page, "seller")
    assert page.locator("#balance span").first.inner_text().startswith("160")
    approve(site.world, file_claim(site.world, invoice_no="FB-1045", lines={"HL-U509": 1}).id)
    page.locator("#balance", has_text="200").wait_for(timeout=20_000)
    context.close()


def test_ctrl_k_finds_the_invoice_and_enter_opens_it(site: Site) -> None:
    context = site.browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    log_in(site, page, "auditor")
    page.keyboard.press("Control+k")
    page.keyboard.type("FB-1042")
    page.get_by_role("option", name="The story of FB-1042").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="The story of FB-1042").wait_for()
    assert page.get_by_text("approved by Sam Idris").first.is_visible()
    context.close()
