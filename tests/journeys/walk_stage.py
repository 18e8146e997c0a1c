"""The stage of the walk: one demo, a browser, a window for each person, and what the browser complained about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.journeys.demo_server import DemoServer
from tests.support.axe import violations

PHONE = {"width": 360, "height": 780}
DESKTOP = {"width": 1440, "height": 900}
# Taking a picture leaves empty style attributes behind, which no page of ours has.
FORGET_STYLES = """document.querySelectorAll("[style='']").forEach((found) => found.removeAttribute("style"))"""
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@dataclass
class Stage:
    """What the steps share. `looks` says whether every page is also looked at: axe in both themes, width, picture."""

    server: DemoServer
    browser: Browser
    pictures: Path
    looks: bool
    complaints: list[str] = field(default_factory=list)
    windows: dict[str, Page] = field(default_factory=dict)
    claim_path: str = ""
    _expected: str | None = None
    _seen: set[str] = field(default_factory=set)

    @property
    def examples(self) -> Path:
        """Where the demo laid out what the walk's hand needs."""
        return self.server.data / "examples"

    def enter(self, account: str, size: dict[str, int]) -> Page:
        """A window of one's own in which somebody logs in through the form."""
        page = self.open_window(size)
        page.goto(f"{self.server.address}/login")
        page.get_by_label("E-mail").fill(f"{account}@demo.example")
        page.get_by_label("Password").fill(self.server.password)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{self.server.address}/")
        self.windows[account] = page
        return page

    def open_window(self, size: dict[str, int]) -> Page:
        """A window nobody has logged in to."""
        context = self._context(size)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: self._hear(page, message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._hear(page, str(error)))
        page.on("response", self._watch)
        return page

    def _context(self, size: dict[str, int]) -> BrowserContext:
        return self.browser.new_context(
            viewport={"width": size["width"], "height": size["height"]}, color_scheme="light", has_touch=size is PHONE
        )

    def _hear(self, page: Page, sentence: str) -> None:
        if self._expected is None or self._expected not in sentence:
            self.complaints.append(f"{page.url}: {sentence}")

    def _watch(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")

    @contextmanager
    def expecting(self, words: str) -> Iterator[None]:
        """The browser may say these words meanwhile: a refusal is an error to it."""
        self._expected = words
        try:
            yield
        finally:
            self._expected = None

    def look(self, page: Page, name: str) -> None:
        """Look at a page once: nothing wider than the screen, no finding of axe in either theme; keep a picture."""
        if not self.looks or name in self._seen:
            return
        self._seen.add(name)
        page.wait_for_load_state()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.complaints.append(f"{name}: {wide} px wider than the screen")
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=self.pictures / f"{name}-{theme}.png", full_page=page.viewport_size != DESKTOP)
            self.complaints += [f"{name}, {theme}: {finding}" for finding in _findings(page)]
        page.emulate_media(color_scheme="light")
        page.evaluate(FORGET_STYLES)


def _findings(page: Page) -> list[str]:
    found = violations(page)
    return [f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes'][:3]]}" for one in found]


def words(page: Page, selector: str = "main") -> str:
    """The text a reader sees, white space made single, true minus and times signs made plain."""
    said = re.sub(r"\s+", " ", page.locator(selector).first.inner_text())
    return said.replace("\N{MINUS SIGN}", "-").replace("\N{MULTIPLICATION SIGN}", "x")


def assert_says(page: Page, *sentences: str, selector: str = "main") -> None:
    """Every sentence stands on the page."""
    said = words(page, selector)
    missing = [sentence for sentence in sentences if sentence not in said]
    assert not missing, f"{missing} not on {page.url}: {said}"
