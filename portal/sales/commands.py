"""`portal import`: files into the portal, checked before a row counts."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import click

from portal.config import load_settings
from portal.core.db import session, transaction
from portal.sales.imports.jobs import check_import, notes_of, post_import
from portal.sales.imports.models import ImportJob
from portal.sales.imports.queries import find_unfinished
from portal.sales.imports.row_kinds import KINDS
from portal.sales.imports.services import Request, cancel_import, create_import, digest_of, errors_path, is_at_work
from portal.sales.journal.models import Flow
from portal.security.viewer import SYSTEM

SHOWN = ("read", "new", "same", "conflict", "error")


class Kind(click.ParamType):  # type: ignore[type-arg]
    """A kind of file; rooms above may have registered more."""

    name = "kind"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse kinds nobody reads."""
        known = ["sales", *sorted(KINDS)]
        if value not in known:
            self.fail(f"“{value}” cannot be imported. Use one of: {', '.join(known)}.", param, ctx)
        return value


@click.command("import")
@click.argument("kind", type=Kind())
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check and report only; nothing is stored.")
@click.option("--source", help="Who sends this file; ids are unique within a source.")
@click.option("--flow", type=click.Choice([flow.value for flow in Flow]), default=Flow.SELL_IN.value,
              help="The flow of rows that name none.")  # fmt: skip
@click.option("--mode", type=click.Choice(["add", "replace"]), default="add")
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="First day to replace.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="First day after the range to replace.")
@click.pass_context
def import_(
    ctx: click.Context, kind: str, file: Path, *, dry_run: bool, source: str | None, flow: str, mode: str,
    since: dt.datetime | None, until: dt.datetime | None,
) -> None:  # fmt: skip
    """Import FILE.csv (or .csv.gz): partners, products, sales, fx, activities, targets, certificates, end_customers."""
    days = tuple(moment.date() if moment else None for moment in (since, until))
    folder = load_settings().data_dir / "imports"
    request = Request(
        kind, file.resolve(), file.name, folder, source=source, flow=flow, mode=mode, since=days[0], until=days[1]
    )
    job = _taken_up(request) or _checked(request)
    if dry_run:
        _print(job, file, dry_run=True)
        with transaction():
            cancel_import(session.get_one(ImportJob, job.id), by=SYSTEM)
        return
    _print(post_import(job.id), file)


def _taken_up(request: Request) -> ImportJob | None:
    """The import of the very same file that a killed process left behind, if there is one."""
    job = find_unfinished(digest_of(request.path), request.kind, request.source, request.mode)
    if job is None or is_at_work(job):
        return None
    click.echo(f"Going on with import {job.id}, which ended after {job.done_rows} rows.")
    return job


def _checked(request: Request) -> ImportJob:
    with transaction():
        job = create_import(request, by=None)
    return check_import(job.id)


def _print(job: ImportJob, file: Path, *, dry_run: bool = False) -> None:
    for note in notes_of(job):
        click.echo(note)
    figures = {"read": job.total, "new": job.new, "same": job.same, "conflict": job.conflict, "error": job.error}
    for name, figure in figures.items():
        click.echo(f"{name:<9}{figure:>10}")
    for name, figure in (("changed", job.changed), ("reversed", job.reversed)):
        if figure:
            click.echo(f"{name:<9}{figure:>10}")
    if job.error or job.conflict:
        target = file.with_name(file.name + ".errors.csv")
        shutil.copyfile(errors_path(job), target)
        click.echo(f"{_rows(job.error + job.conflict)} cannot be imported; the reasons are listed in {target}.")
    if job.waiting:
        click.echo(_waiting_words(job, dry_run=dry_run))
    click.echo("Nothing was stored (dry run)." if dry_run else _imported(job))


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"


def _waiting_words(job: ImportJob, *, dry_run: bool) -> str:
    """What becomes of the errors that are only a name nobody knows."""
    one = job.waiting == 1
    which = "1 of these errors is only a name" if one else f"{job.waiting:,} of these errors are only names"
    which += " of a partner or product that nobody knows yet."
    if dry_run:
        return f"{which} In an import {'it' if one else 'they'} would be kept, to be matched in the portal."
    told = "It is kept and counts" if one else "They are kept and count"
    return f"{which} {told} once the name is matched at {load_settings().portal_url}/names, without another import."


def _imported(job: ImportJob) -> str:
    """The last line of an import that was not a rehearsal."""
    if job.new or job.changed or job.reversed or not job.total:
        return "Imported."
    return "Nothing in this file was new." if job.same else "Nothing was imported."
