"""The letters that claims send: each renders, in plain text and HTML, with what happened and the way on."""

from __future__ import annotations

import pytest
from flask import Flask, render_template

pytestmark = pytest.mark.one_database
FACT: dict[str, object] = {"claim_id": 7, "number": "C-1007", "points": 1160, "rejected_lines": 1, "name": "Ana Ruiz"}
LETTERS: dict[str, tuple[dict[str, object], str, str]] = {
    "claim_approved": ({}, "1,160 stars", "/claims/7"),
    "claim_partially_approved": ({}, "1 line does not count", "/claims/7"),
    "claim_rejected": ({"sentence": "The invoice cannot be read."}, "The invoice cannot be read.", "/claims/7"),
    "information_requested": ({"question": "Which <day>?", "answer_by": "3 Dec 2026"}, "3 Dec 2026", "/claims/7/edit"),
    "answer_reminded": ({"question": "Which <day>?", "answer_by": "3 Dec 2026"}, "3 Dec 2026", "/claims/7/edit"),
    "claim_lapsed": ({"question": "Which <day>?", "reopen_until": "2 Jan 2027"}, "2 Jan 2027", "/claims/7"),
    "claim_reversed": ({"points": -160, "reason": "It came back."}, "It came back.", "/claims/7"),
}


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_says_what_happened_and_where_to_go_on(app: Flask, letter: str):
    more, words, path = LETTERS[letter]
    context = FACT | more | {"portal_url": "https://portal.example", "brand": "Adventure Works"}
    with app.test_request_context():
        subject = render_template(f"emails/{letter}/subject.txt", **context)
        text = render_template(f"emails/{letter}/body.txt", **context)
        html = render_template(f"emails/{letter}/body.html", **context)
    assert "C-1007" in subject
    assert words in text
    assert f"https://portal.example{path}\n" in text + "\n"
    assert f'href="https://portal.example{path}"' in html
    assert "Hello Ana Ruiz" in text
    assert "<day>" not in html
