"""How Alembic reaches the database; concurrent upgrades queue up instead of colliding."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from portal import tables
from portal.config import load_settings
from portal.core.db import Base, make_engine
from portal.sales.journal.laws import is_a_constraint

tables.load()


def run() -> None:
    """Run the migrations on the engine given by the caller or on DATABASE_URL."""
    engine = context.config.attributes.get("engine") or make_engine(load_settings().database_url)
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=sqlite,
            compare_type=True,
            include_object=is_a_constraint,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            if not sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(73911)"))
            context.run_migrations()


run()
