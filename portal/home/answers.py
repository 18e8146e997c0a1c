"""What another room's fragment says, asked in-process behind that room's own door."""

from __future__ import annotations

from flask import current_app
from markupsafe import Markup


def answer_of(endpoint: str) -> Markup | None:
    """The markup a view answers to this request's viewer; None when it has nothing to say."""
    answer = current_app.make_response(current_app.ensure_sync(current_app.view_functions[endpoint])())
    text = answer.get_data(as_text=True)
    return Markup(text) if answer.status_code == 200 and text.strip() else None  # noqa: S704  our own template's markup
