"""A home page as it was drawn, used again while it is true: only the token of its forms is put in anew."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request, session
from flask_wtf.csrf import generate_csrf

from portal.home.pieces import Home


def kept_page(template: str, home: Home, **context: Any) -> Response:
    """The page around these parts; `home` keeps it, so that it lasts as long as they do.

    What a page says once (a message after an act) is never kept, and neither is a home that is not remembered.
    """
    if "_flashes" in session or not home.kept:
        return make_response(render_template(template, home=home, **context))
    key = (request.script_root, request.cookies.get("theme"))
    token = generate_csrf()
    if key not in home.pages:
        home.pages[key] = render_template(template, home=home, **context).split(token)
    return make_response(token.join(home.pages[key]))
