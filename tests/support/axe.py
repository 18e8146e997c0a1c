"""What axe finds on a page, in the words of axe."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RUN = "axe.run({resultTypes: ['violations']}).then((results) => results.violations)"


def violations(page: Page) -> list[dict[str, Any]]:
    """Everything axe would change on the page as it stands now; axe is brought to a document once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return found
