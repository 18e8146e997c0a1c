"""The console script `portal`: one table of commands, each from its own room."""

from __future__ import annotations

from importlib import import_module

import click

from portal import tables
from portal.cli.trouble import database_trouble
from portal.config import SettingsError, load_settings
from portal.core import clock, db
from portal.core.errors import PortalError

COMMANDS = {
    "cli.database": ["db_group"],
    "cli.serve": ["serve"],
    "cli.where": ["where"],
    "cli.verify": ["verify"],
    "cli.export": ["export"],
    "partners": ["people"],
    "sales": ["import_"],
    "programs": ["programs", "calculate"],
    "programs.statements": ["explain_command"],
    "programs.simulation": ["simulate", "reconcile"],
    "jobs": ["worker"],
    "demo": ["demo"],
}


class Portal(click.Group):
    """Refusals and wrong settings are plain sentences and a non-zero exit, never a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command with the database bound."""
        try:
            return super().invoke(ctx)
        except (PortalError, SettingsError) as error:
            click.echo(getattr(error, "sentence", str(error)), err=True)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            # what a command meets on a database that is not there or not brought up to date is no defect of its own
            sentence = database_trouble(error)
            if sentence is None:
                raise
            click.echo(sentence, err=True)
        return ctx.exit(1)


@click.group(cls=Portal, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def portal(ctx: click.Context) -> None:
    """The channel partner portal."""
    if ctx.invoked_subcommand in (None, "demo"):
        return
    bind()


def bind() -> None:
    """Read the settings and bind the database for a command."""
    settings = load_settings()
    clock.configure(settings.zone, settings.clock_start)
    tables.load()
    db.init_engine(settings.database_url)


def load_commands() -> None:
    """Register every command of the table."""
    for room, names in COMMANDS.items():
        module_name = f"portal.{room}" if room.startswith("cli.") else f"portal.{room}.commands"
        for name in names:
            command = getattr(import_module(module_name), name)
            portal.add_command(command, name=command.name)


def main() -> None:
    """The entry point of the console script."""
    load_commands()
    try:
        portal()
    finally:
        db.session.remove()
