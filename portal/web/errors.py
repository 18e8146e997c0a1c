"""Refusals and failures as pages, fragments or JSON, each with a sentence and a way on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from portal.core.db import session
from portal.core.errors import Forbidden, PortalError
from portal.security.current import SignInNeeded, find_viewer
from portal.security.viewer import Viewer
from portal.web.htmx import is_htmx, redirect_to

log = logging.getLogger("portal.web")
TEMPLATES = {400, 403, 404, 409, 422, 429, 500, 503}
SENTENCES = {
    400: "The request could not be understood.",
    404: "There is nothing here, or it is not yours to see.",
    405: "This address does not take that kind of request.",
    422: "There is a character or a number in this request that cannot be stored. Type it again.",
    413: "The file is larger than 10 MB. Make it smaller, or take a new photo.",
    500: "Something failed on our side. It has been written down; nothing was changed.",
    503: "The database is not answering just now. Nothing was lost; try again in a moment.",
}


LOGGED_OUT = "You were logged out. What you typed is still on this page: log in in another tab, then send it again."

Recorder = Callable[[str, str, str, Viewer | None], None]


def install_errors(app: Flask, record_refusal: Recorder) -> None:
    """Turn every exception into an answer in words.

    `record_refusal(endpoint, path, sentence, viewer)` writes down an act that was refused for want of a right.
    """
    app.extensions["record_refusal"] = record_refusal
    app.register_error_handler(SignInNeeded, _sign_in)
    app.register_error_handler(PortalError, _refusal)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(Exception, _failure)


def answer(status: int, sentence: str, link: str | None = None) -> Response:
    """The refusal in the shape the caller reads: JSON under /api, a fragment for htmx, else a page."""
    if request.path.startswith("/api/"):
        return make_response(jsonify(error={"status": status, "message": sentence}), status)
    template = f"errors/{status if status in TEMPLATES else 400 if status < 500 else 500}.html"
    if is_htmx():
        template = "errors/_refusal.html"
    return make_response(render_template(template, sentence=sentence, status=status, link=link), status)


def _sign_in(error: SignInNeeded) -> Response:
    if request.path.startswith("/api/"):
        return answer(401, error.sentence)
    if is_htmx() and request.method != "GET":
        return answer(401, LOGGED_OUT, link=_log_in_address())
    return redirect_to(_log_in_address())


def _log_in_address() -> str:
    """The log-in page, which leads back to the page the visitor was looking at."""
    target = request.full_path.rstrip("?") if request.method == "GET" and not is_htmx() else _page_in_sight()
    return "/login" + (f"?{urlencode({'next': target})}" if target not in ("", "/") else "")


def _page_in_sight() -> str:
    """Path and query of the page a form or a fragment was asked from, when it is one of ours."""
    try:
        named = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    except ValueError:
        return ""
    if named.netloc != request.host:
        return ""
    return safe_next(named.path + (f"?{named.query}" if named.query else ""))


def _refusal(error: PortalError) -> Response:
    session.rollback()
    if isinstance(error, Forbidden) and request.method != "GET":
        record: Recorder = current_app.extensions["record_refusal"]
        record(request.endpoint or "", request.path, error.sentence, find_viewer())
    return answer(error.status, error.sentence, error.link)


def _stale_form(error: CSRFError) -> Response:
    return answer(
        400, "This form was open for too long or came from elsewhere. Go back, reload the page and send it again."
    )


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if code in (301, 302, 303, 307, 308):
        return make_response(error.get_response())
    response = answer(code, SENTENCES.get(code, error.description or "The request was refused."))
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _database(error: OperationalError) -> Response:
    log.error("database unavailable: %s", error.orig)
    session.rollback()
    response = answer(503, SENTENCES[503])
    response.headers["Retry-After"] = "5"
    return response


def _unstorable(error: DataError) -> Response:
    log.warning("refused by the database: %s %s: %s", request.method, request.path, type(error.orig).__name__)
    session.rollback()
    return answer(422, SENTENCES[422])


def _failure(error: Exception) -> Response:
    log.exception("unhandled: %s %s", request.method, request.path)
    session.rollback()
    return answer(500, SENTENCES[500])


def safe_next(target: str | None) -> str:
    """A path of this site to go on to; anything else means home."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target:
        return target if target.isprintable() else "/"
    return "/"
