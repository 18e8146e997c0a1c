"""Known browsers: tries from one are counted apart, so that a stranger's tries lock nobody out of the own account."""

from __future__ import annotations

import datetime as dt
import secrets

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from portal.core.ids import digest

KNOWN_FOR = dt.timedelta(days=180)


def known_browser(email: str) -> str | None:
    """The mark of a browser in which this very account logged in before; None for any other."""
    try:
        owner, mark = _signer().loads(request.cookies.get(_name(), ""), max_age=int(KNOWN_FOR.total_seconds()))
    except (BadData, ValueError, TypeError):
        return None
    return str(mark) if owner == _owner(email) else None


def remember_browser(response: Response, email: str) -> Response:
    """Let the browser show next time that this account logged in with it; it proves nothing else."""
    response.set_cookie(
        _name(), _signer().dumps([_owner(email), secrets.token_urlsafe(12)]), max_age=KNOWN_FOR, httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"], samesite="Lax",
    )  # fmt: skip
    return response


def _owner(email: str) -> str:
    return digest(email.strip().lower())


def _name() -> str:
    return "__Host-browser" if current_app.config["SESSION_COOKIE_SECURE"] else "browser"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="known-browser")
