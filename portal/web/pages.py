"""Rendering a page or a fragment with a status."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template


def page(template: str, /, status: int = 200, **context: Any) -> Response:
    """Render a template; the name tells the view: `claims/list_claims.html`."""
    return make_response(render_template(template, **context), status)
