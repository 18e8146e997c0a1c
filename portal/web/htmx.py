"""The only reader of HX-* headers: full pages for people, fragments for htmx, one redirect for both."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, render_template, request


def is_htmx() -> bool:
    """Whether the request comes from htmx and wants a fragment."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def partial_or_page(partial: str, whole: str, /, status: int = 200, **context: Any) -> Response:
    """The fragment for htmx, the page (which includes the same fragment) for everybody else."""
    response = make_response(render_template(partial if is_htmx() else whole, **context), status)
    response.vary.add("HX-Request")
    return response


def redirect_to(url: str) -> Response:
    """Go to another page after a POST: 303 for a browser, HX-Redirect for htmx."""
    if is_htmx():
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    return make_response(redirect(url, code=303))


def unchanged() -> Response:
    """The answer to a poll when nothing is new."""
    return make_response("", 204)


def trigger(response: Response, name: str) -> Response:
    """Let the page know that something happened, as a browser event."""
    response.headers["HX-Trigger"] = name
    return response
