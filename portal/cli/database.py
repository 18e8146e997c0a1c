"""`portal db upgrade`: bring the database to the newest schema."""

from __future__ import annotations

import click

from portal.core import db
from portal.core.migrate import upgrade


@click.group(name="db")
def db_group() -> None:
    """The database schema."""


@db_group.command(name="upgrade")
def upgrade_command() -> None:
    """Apply all migrations that are missing; safe to run twice and by several processes."""
    revision = upgrade(db.engine())
    click.echo(f"The database is at {revision}.")
