"""`make screenshots`: every main page as each role, at three widths, into build/screenshots."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

from tests.journeys.demo_server import DemoServer, build_demo, running_demo
from tests.support.browser import open_browser

BUILD = Path("build")
WIDTHS = {360: 780, 768: 1024, 1440: 900}
PAGES = {
    "seller": [
        "/",
        "/claims",
        "/claims/new",
        "/rewards",
        "/orders",
        "/leaderboard",
        "/badges",
        "/programs",
        "/statements",
        "/account",
    ],
    "partner": ["/", "/statements", "/programs", "/claims", "/people", "/sales"],
    "manager": ["/", "/claims/queue", "/partners", "/programs", "/imports", "/sales", "/products", "/applications"],
    "finance": ["/", "/ledger/owners", "/ledger/roll-forward", "/statements"],
    "auditor": ["/", "/audit", "/audit/chain", "/ledger/owners"],
    "admin": ["/", "/people"],
}


def log_in(page: Page, server: DemoServer, account: str) -> None:
    """Log in through the form, as a person would."""
    page.goto(f"{server.address}/login")
    page.fill("input[name=email]", f"{account}@demo.example")
    page.fill("input[name=password]", server.password)
    page.click("main button[type=submit]")
    page.wait_for_load_state("networkidle")


def shoot(browser: Browser, server: DemoServer, folder: Path, accounts: list[str]) -> list[str]:
    """Screenshots of every page; returns what the browser complained about."""
    complaints: list[str] = []
    for account in accounts:
        for width, height in WIDTHS.items():
            scheme: Literal["dark", "light"] = "dark" if width == 768 else "light"
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            log_in(page, server, account)
            for path in PAGES[account]:
                answer = page.goto(server.address + path)
                page.wait_for_load_state("networkidle")
                status = answer.status if answer else 0
                if status != 200:
                    complaints.append(f"{account} {path}: {status}")
                name = path.strip("/").replace("/", "-") or "home"
                page.screenshot(path=folder / f"{account}-{name}-{width}-{scheme}.png", full_page=True)
                overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if overflow > 0:
                    complaints.append(f"{account} {path} at {width}: {overflow} px wider than the screen")
            context.close()
    return complaints


def main(arguments: list[str]) -> int:
    """Build the demo if needed, serve it, photograph it."""
    data = Path(os.environ.get("SCREENSHOT_DATA", BUILD / "demo")).resolve()
    folder = (BUILD / "screenshots").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not (data / "demo.json").exists():
        build_demo(data)
    with running_demo(data) as server, open_browser() as browser:
        complaints = shoot(browser, server, folder, arguments or list(PAGES))
    print("\n".join(complaints) or "No page complained.")  # noqa: T201
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
