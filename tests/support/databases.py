"""A fresh database for one test: a copy of a template whose tables are made once a run."""

import fcntl
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal import tables
from portal.core.db import make_engine
from tests.support import postgres

KINDS = ("sqlite", "postgresql")
TEMPLATE = "portal_template"
_numbers = itertools.count(1)


def chosen_kinds() -> list[str]:
    """The databases the tests run on: both, or what `PORTAL_TEST_DATABASES` names."""
    named = os.environ.get("PORTAL_TEST_DATABASES", "")
    return [kind for kind in KINDS if not named or kind in named.split(",")]


@contextmanager
def fresh_database(kind: str, run_folder: Path, *, empty: bool = False) -> Iterator[str]:
    """The address of a database nobody else uses; removed afterwards."""
    name = f"portal_{os.getpid()}_{next(_numbers)}"
    make = _fresh_sqlite if kind == "sqlite" else _fresh_postgresql
    with make(name, run_folder, empty) as url:
        yield url


@contextmanager
def _fresh_sqlite(name: str, run_folder: Path, empty: bool) -> Iterator[str]:
    file = run_folder / f"{name}.sqlite3"
    if not empty:
        template = run_folder / "template.sqlite3"
        with _once(run_folder / "sqlite.made") as needed:
            if needed:
                _make_tables(f"sqlite:///{template}")
        shutil.copyfile(template, file)
    try:
        yield f"sqlite:///{file}"
    finally:
        for left in run_folder.glob(f"{name}.sqlite3*"):
            left.unlink()


@contextmanager
def _fresh_postgresql(name: str, run_folder: Path, empty: bool) -> Iterator[str]:
    server = postgres.server_url(run_folder)
    template = None
    if not empty:
        template = f"{TEMPLATE}_{os.environ['PORTAL_TEST_RUN_PID']}"
        with _once(run_folder / "postgresql.made") as needed:
            if needed:
                postgres.drop_database(server, template)
                _make_tables(postgres.create_database(server, template))
    url = postgres.create_database(server, name, template)
    try:
        yield url
    finally:
        postgres.drop_database(server, name)


def drop_template(run_folder: Path) -> None:
    """Leave nothing behind on a server that outlives the run."""
    if os.environ.get("PORTAL_TEST_PG") and (run_folder / "postgresql.made").exists():
        template = f"{TEMPLATE}_{os.environ['PORTAL_TEST_RUN_PID']}"
        postgres.drop_database(postgres.server_url(run_folder), template)


def _make_tables(url: str) -> None:
    engine = make_engine(url)
    try:
        tables.create_all(engine)
    finally:
        engine.dispose()


@contextmanager
def _once(mark: Path) -> Iterator[bool]:
    """Whether the work is still to be done; the mark is set when the block ends well. Workers wait for each other."""
    with mark.with_suffix(".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        needed = not mark.exists()
        yield needed
        mark.touch()
