"""Who is asking: the cookie holds a random secret, the database knows its session. Installed by create_app."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from flask import Flask
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import Connection, text, update
from sqlalchemy.exc import OperationalError

from portal.core import clock
from portal.core.db import engine, is_postgresql
from portal.partners.access.models import UserSession
from portal.partners.access.queries import LiveSession, find_live_session
from portal.partners.access.rules import SEEN_EVERY, is_seen_again
from portal.security.current import find_viewer, install_loader
from portal.security.viewer import Viewer


class SignedIn(UserMixin):
    """What Flask-Login carries: the secret of the cookie, and the session it opened."""

    def __init__(self, token: str, live: LiveSession | None) -> None:
        self.token = token
        self.live = live

    def get_id(self) -> str:
        """The secret that Flask-Login puts into the signed cookie."""
        return self.token


def install_login(app: Flask) -> None:
    """Teach the application to find its viewer, and templates whom one looks as."""
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app)
    manager.user_loader(load_signed_in)
    install_loader(app, load_viewer)
    app.context_processor(_banner)


def load_signed_in(token: str) -> SignedIn | None:
    """Flask-Login's user loader: a dead secret is nobody."""
    live = find_live_session(token)
    return SignedIn(token, live) if live is not None else None


def load_viewer() -> Viewer | None:
    """The viewer of this request; writes down that the session was used, at most once a minute."""
    live: LiveSession | None = getattr(current_user, "live", None)
    if live is None:
        return None
    if is_seen_again(live.last_seen, clock.now()):
        touch(live.session_id, clock.now())
    return live.viewer


def touch(session_id: int, now: dt.datetime) -> None:
    """Write the last use on a connection of its own that never waits for a writer: a missed minute does no harm."""
    statement = (
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.last_seen <= now - SEEN_EVERY)
        .values(last_seen=now)
    )
    with suppress(OperationalError), engine().begin() as connection, _impatient(connection):
        connection.execute(statement)


@contextmanager
def _impatient(connection: Connection) -> Iterator[None]:
    if is_postgresql():
        connection.execute(text("SET LOCAL lock_timeout = '200ms'"))
        yield
        return
    connection.execute(text("PRAGMA busy_timeout = 200"))
    try:
        yield
    finally:
        connection.execute(text("PRAGMA busy_timeout = 30000"))


def _banner() -> dict[str, Any]:
    found = find_viewer()
    return {"view_as": found.name if found is not None and found.read_only else None}
