"""Templates hold markup alone: the security policy of the pages forbids inline script and style."""

import re
from pathlib import Path

from tests.conventions.tree import files, text

PAGES = [
    path
    for path in files(".html", under="portal")
    if "templates" in path.parts and not {"emails", "email.html"} & set(path.parts)
]
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle\s*="
    r"|\son(?:click|change|input|submit|load|error|toggle|focus|blur|scroll|key\w+|mouse\w+|pointer\w+)\s*="
    r"|\shx-on[:a-z-]*\s*=|javascript:",
    re.IGNORECASE,
)
FROM_ELSEWHERE = re.compile(r"""(?:\ssrc(?:set)?|<link[^>]*\shref)\s*=\s*["'](?:https?:)?//[^"']*""", re.IGNORECASE)
CHANGING = re.compile(r"<(\w+)\b[^>]*?\bhx-(?:post|put|patch|delete)\s*=[^>]*>", re.DOTALL)
POSTS = re.compile(r"""\smethod=["']post["']""", re.IGNORECASE)


def _markup(page: Path) -> str:
    """The page without its comments."""
    return re.sub(r"{#.*?#}", "", text(page), flags=re.DOTALL)


def _found(rule: re.Pattern[str]) -> list[str]:
    return [f"{page}: {match.group(0).strip()}" for page in PAGES for match in rule.finditer(_markup(page))]


def test_no_page_has_inline_script_or_style() -> None:
    assert _found(INLINE) == []


def test_no_page_loads_a_file_from_elsewhere() -> None:
    assert _found(FROM_ELSEWHERE) == []


def test_every_change_is_a_real_form_that_works_without_script() -> None:
    wrong = [
        f"{page}: {match.group(0)}"
        for page in PAGES
        for match in CHANGING.finditer(_markup(page))
        if match.group(1) != "form" or not POSTS.search(match.group(0))
    ]
    assert wrong == []


def test_no_template_decides_that_a_text_is_safe() -> None:
    assert _found(re.compile(r"\|\s*safe\b")) == []
