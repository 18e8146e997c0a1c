"""What every test may ask for: a database of its own on SQLite and on PostgreSQL, the app, a client.

`@pytest.mark.one_database` runs a test on SQLite only, where the database makes no difference (what a page says, for
one). `PORTAL_TEST_DATABASES=sqlite` does so for a whole run. Under CI a skipped test fails the run.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from portal.config import Settings
from portal.core import db as core_db
from portal.partners.people.models import Person
from portal.security.viewer import Viewer
from tests.support import databases, postgres
from tests.support.apps import make_app, shared_app
from tests.support.engines import sharing_statements
from tests.support.memory import memory_folder
from tests.support.sign_in import client_of

RUN_FOLDER = "PORTAL_TEST_RUN"
RUN_PID = "PORTAL_TEST_RUN_PID"
IN_CI = os.environ.get("CI") == "true"

hypothesis.settings.register_profile("default", max_examples=60, deadline=None, derandomize=IN_CI)
hypothesis.settings.register_profile("nightly", max_examples=2000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_configure(config: pytest.Config) -> None:
    """The first process of a run makes the folder that its workers share."""
    config.addinivalue_line("markers", "one_database: the database makes no difference; SQLite alone will do")
    if not hasattr(config, "workerinput"):
        os.environ[RUN_PID] = str(os.getpid())
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="portal-tests-", dir=memory_folder())
        if workers := getattr(config.option, "numprocesses", None):
            # Workers share the cores; threads beyond them would only wait for each other.
            os.environ.setdefault("POLARS_MAX_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))


def pytest_unconfigure(config: pytest.Config) -> None:
    """The first process of a run removes what its workers shared."""
    folder = os.environ.get(RUN_FOLDER)
    if hasattr(config, "workerinput") or folder is None:
        return
    databases.drop_template(Path(folder))
    postgres.stop_server(Path(folder))
    postgres.stop_abandoned_servers()
    shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys of one file stay in one worker, which starts one server and one browser for them."""
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journey)
            if item.get_closest_marker("xdist_group") is None:
                item.add_marker(pytest.mark.xdist_group(item.path.stem))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a database once for each kind of database."""
    if "database_kind" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("one_database") is not None
        metafunc.parametrize("database_kind", ["sqlite"] if alone else databases.chosen_kinds(), scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI nothing is skipped in silence."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: under CI every test runs."
    return report


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """The folder all workers of this run share."""
    return Path(os.environ[RUN_FOLDER])


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core_db, "make_engine", sharing_statements(core_db.make_engine))
        yield


@pytest.fixture
def database_url(database_kind: str, run_folder: Path) -> Iterator[str]:
    """The address of a database with all tables and no rows, this test's alone."""
    with databases.fresh_database(database_kind, run_folder) as url:
        yield url


@pytest.fixture
def empty_database_url(database_kind: str, run_folder: Path) -> Iterator[str]:
    """The address of a database without a table: what a migration starts from."""
    with databases.fresh_database(database_kind, run_folder, empty=True) as url:
        yield url


@pytest.fixture
def db(database_url: str) -> Iterator[scoped_session[Session]]:
    """The portal's own session, bound to this test's database."""
    core_db.init_engine(database_url)
    yield core_db.session
    _let_go()


def _let_go() -> None:
    """Close every connection, so that the database can be removed."""
    core_db.session.remove()
    core_db.engine().dispose()


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal on this test's database, with a data folder of its own; forms need no CSRF token."""
    with shared_app(_settings(database_url, tmp_path)) as found:
        yield found
        _let_go()


@pytest.fixture
def own_app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The same, made for this test alone: it may add routes."""
    yield make_app(_settings(database_url, tmp_path))
    _let_go()


def _settings(database_url: str, data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir, database_url=database_url, secret_key="t" * 48, testing=True)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor who is not logged in."""
    return app.test_client()


@pytest.fixture
def as_(app: Flask) -> Callable[[Person | Viewer], FlaskClient]:
    """`as_(person)` is a client of that person, who is already logged in."""
    return lambda who: client_of(app, who)
