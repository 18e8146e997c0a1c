"""The ground the other tests stand on."""

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session, scoped_session

from portal.core.db import make_engine, transaction
from tests.support.databases import fresh_database


def test_a_database_is_of_the_kind_it_was_asked_for(database_kind: str, database_url: str) -> None:
    assert database_url.startswith(database_kind)


def test_an_empty_database_has_no_table(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_what_one_test_stores_no_other_test_sees(
    database_kind: str, db: scoped_session[Session], run_folder: Path
) -> None:
    with transaction() as session:
        session.execute(text("CREATE TABLE mine (id integer)"))
    with fresh_database(database_kind, run_folder) as other:
        engine = make_engine(other)
        assert "mine" not in inspect(engine).get_table_names()
        engine.dispose()
