"""Migrations make exactly what the models say, up and down, with data, on both databases."""

import json

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, inspect, select

from portal.audit.queries import verify_chain
from portal.core import db as core_db
from portal.core.db import Base, session
from portal.core.guards import missing_guards
from portal.core.migrate import alembic_config, current_revision, downgrade, head_revision, upgrade
from portal.ledger.services import verify
from portal.programs.runs.jobs import run_full
from portal.sales.journal.laws import is_a_constraint
from tests.programs.channel import make_channel, sell
from tools.list_tables import FILE, document


@pytest.fixture
def engine(empty_database_url: str):
    made = core_db.init_engine(empty_database_url)
    yield made
    session.remove()
    made.dispose()


def contents(engine: Engine) -> str:
    """Every row of every table, in a form that can be compared."""
    with engine.connect() as connection:
        rows = {
            table.name: sorted(str(tuple(row)) for row in connection.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }
    return json.dumps(rows)


def test_the_migrated_schema_is_the_models_schema(engine: Engine):
    assert upgrade(engine) == head_revision()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_a_constraint})
        assert compare_metadata(context, Base.metadata) == []
        assert missing_guards(connection) == []


def test_a_second_upgrade_changes_nothing(engine: Engine):
    upgrade(engine)
    assert upgrade(engine) == head_revision()


def test_down_to_nothing_and_up_again(engine: Engine):
    upgrade(engine)
    downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert current_revision(engine) is None
    upgrade(engine)
    with engine.connect() as connection:
        assert missing_guards(connection) == []


def test_data_survives_one_step_down_and_up(engine: Engine):
    upgrade(engine)
    channel = make_channel()
    sell(channel, "WB-1", 10, 202177, "2026-07-14")
    run_full()
    before = contents(engine)
    session.remove()
    downgrade(engine, "-1")
    upgrade(engine)
    assert contents(engine) == before
    assert verify() == []
    assert verify_chain() == []
    assert session.scalar(select(func.count()).select_from(Base.metadata.tables["ledger_entry"]))


@pytest.mark.one_database
def test_the_history_is_one_line_numbered_in_order():
    script = ScriptDirectory.from_config(alembic_config())
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert revisions == [f"{number:04}" for number in range(len(revisions), 0, -1)]


@pytest.mark.one_database
def test_the_list_of_tables_is_true():
    assert FILE.read_text(encoding="utf-8") == document()
