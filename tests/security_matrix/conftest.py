"""One channel for all tests of this folder: built once, every test works on a copy of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core import clock
from portal.core import db as core_db
from tests.claims.world import NOW
from tests.security_matrix.html_forms import Form
from tests.security_matrix.world import Channel, make_channel
from tests.support import databases, postgres
from tests.support.sign_in import client_of


@dataclass
class Prepared:
    """The channel as it is copied for each test."""

    channel: Channel
    url: str
    folder: Path
    kept: Path
    forms: list[tuple[str, str, Form]] = field(default_factory=list)


@dataclass
class Shelf:
    """The prepared channel of each kind of database, made when it is first asked for."""

    run_folder: Path
    folder: Path
    kept: ExitStack
    made: dict[str, Prepared] = field(default_factory=dict)

    def get(self, kind: str) -> Prepared:
        """The channel on this kind of database."""
        if kind not in self.made:
            self.made[kind] = self._make(kind)
        return self.made[kind]

    def _make(self, kind: str) -> Prepared:
        url = self.kept.enter_context(databases.fresh_database(kind, self.run_folder))
        folder = self.folder / kind
        core_db.init_engine(url)
        with clock.frozen(NOW):
            channel = make_channel(folder)
        core_db.session.remove()
        if kind == "sqlite":
            with core_db.engine().connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        core_db.engine().dispose()
        kept = shutil.copytree(folder, folder.with_suffix(".kept"))
        return Prepared(channel, url, folder, kept)


@pytest.fixture(scope="session")
def shelf(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """Where the prepared channels stand."""
    with ExitStack() as kept:
        yield Shelf(run_folder, tmp_path_factory.mktemp("security"), kept)


@pytest.fixture
def prepared(shelf: Shelf, database_kind: str) -> Prepared:
    """The prepared channel of this test's kind of database."""
    return shelf.get(database_kind)


@pytest.fixture
def channel(prepared: Prepared) -> Iterator[Channel]:
    """The channel, on the day it was made."""
    with clock.frozen(NOW):
        yield prepared.channel


def copy_files(prepared: Prepared, folder: Path) -> None:
    """The files of the channel as they were: below this test's own data folder, and where imports look for theirs."""
    for target in (folder, prepared.folder):
        shutil.copytree(prepared.kept, target, dirs_exist_ok=True)


@pytest.fixture
def database_url(prepared: Prepared, database_kind: str, run_folder: Path, tmp_path: Path) -> Iterator[str]:
    """A copy of the channel's database, this test's alone."""
    copy_files(prepared, tmp_path)
    if database_kind == "sqlite":
        copy = tmp_path / "portal.sqlite3"
        shutil.copyfile(prepared.url.removeprefix("sqlite:///"), copy)
        yield f"sqlite:///{copy}"
        return
    server, name = postgres.server_url(run_folder), f"security_{tmp_path.name}"[:60]
    yield postgres.create_database(server, name, prepared.url.rpartition("/")[2].partition("?")[0])
    postgres.drop_database(server, name)


@pytest.fixture
def be(app: Flask, channel: Channel) -> Callable[[str], FlaskClient]:
    """`be("seller")` is a client of that person, who is already logged in; `be("")` is nobody."""
    return lambda name: client_of(app, channel.viewers[name]) if name else app.test_client()
