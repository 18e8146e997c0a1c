"""The demo channel on either database, for measurements."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from portal import tables
from portal.app import create_app
from portal.config import Settings, load_settings
from portal.core import clock, db
from portal.demo.build import build, facts_of, is_built
from tests.support import databases, postgres

SEEN_AS = {
    "admin": "admin", "channel_manager": "manager", "finance": "finance", "seller": "seller",
    "partner_admin": "partner",
}  # fmt: skip


def email_of(role: str) -> str:
    """The demo's person of a role."""
    return f"{SEEN_AS[role]}@demo.example"


@contextmanager
def bench_folder() -> Iterator[Path]:
    """A folder for databases and a PostgreSQL server, gone afterwards."""
    os.environ.setdefault("PORTAL_TEST_RUN_PID", str(os.getpid()))
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        yield folder
    finally:
        postgres.stop_server(folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def demo_channel(kind: str, folder: Path) -> Iterator[Settings]:
    """The settings of a built demo; `BENCH_DATA` names a data folder whose SQLite demo is used as it is."""
    given = os.environ.get("BENCH_DATA")
    if kind == "sqlite" and given:
        yield load_settings({"PORTAL_DATA": given})
        return
    with databases.fresh_database(kind, folder, empty=True) as url:
        place = {"PORTAL_DATA": str(folder / kind), "DATABASE_URL": url}
        settings = load_settings(place)
        settings.data_dir.mkdir(parents=True)
        clock.configure(settings.zone, None)
        tables.load()
        db.init_engine(url)
        build(settings, lambda _sentence: None)
        if not is_built(settings):
            raise RuntimeError("The demo was not built.")
        db.session.remove()
        yield load_settings(place)
        db.session.remove()
        db.engine().dispose()


def demo_app(settings: Settings) -> Flask:
    """The portal on the demo, in this process."""
    app = create_app(settings)
    app.config.update(WTF_CSRF_ENABLED=False)
    return app


def cookie_of(app: Flask, settings: Settings, email: str) -> str:
    """The cookie of a person who has just logged in, as a browser would send it."""
    client = app.test_client()
    password = facts_of(settings.data_dir)["password"]
    answer = client.post("/login", data={"email": email, "password": password})
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    if answer.status_code != 303 or cookie is None:
        raise RuntimeError(f"{email} could not log in: {answer.status_code}")
    return f"{cookie.key}={cookie.value}"
