"""`portal programs publish`, `portal calculate`, `portal explain`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import click

from portal.config import load_settings
from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import InvalidInput
from portal.engine.place import HERE, Place
from portal.engine.spark import on_spark
from portal.partners.access.queries import make_viewer
from portal.partners.limits.queries import offer_approvers
from portal.partners.people.queries import find_person_by_email
from portal.programs.definitions import services
from portal.programs.definitions.plan_files import read_plan_file
from portal.programs.definitions.queries import find_program
from portal.programs.runs.jobs import run_full
from portal.programs.targets.importing import offer_targets
from portal.sales.rates.queries import offer_rates
from portal.security.limits.errors import AboveLimit
from portal.security.viewer import Viewer

offer_targets()
offer_rates()
offer_approvers()


@click.group()
def programs() -> None:
    """Incentive programs."""


@programs.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", "by_email", required=True, help="Who wrote the version.")
@click.option("--approved-by", "approver_email", required=True, help="Who approves it; somebody else.")
@click.option("--inside-period", type=click.Choice(["next_period", "recalculate", "split"]))
def publish(file: Path, by_email: str, approver_email: str, inside_period: str | None) -> None:
    """Publish FILE as the next version of its program, and tell those whom it pays, as the studio does."""
    text = read_plan_file(file)
    try:
        with transaction():
            version = services.publish_version(
                text, by=_person(by_email), approved_by=_person(approver_email), inside_period=inside_period,
                announce=True,
            )  # fmt: skip
            number, day = version.number, version.effective_from
    except AboveLimit as refusal:
        raise AboveLimit(refusal.named) from refusal
    click.echo(f"Published version {number}, in force from {day}. Run `portal calculate` to post what it changes.")


def _person(email: str) -> Viewer:
    person = find_person_by_email(email)
    if person is None:
        raise InvalidInput(f"Nobody has the address {email}.")
    return make_viewer(person)


@click.command()
@click.option("--program", "program_code", help="Only this program.")
@click.option("--as-of", "as_of_text", help="Only facts recorded by then (a time without a zone is in PORTAL_TZ).")
@click.option("--engine", type=click.Choice(["polars", "spark"]), default="polars", show_default=True)
@click.option("--master", help="The Spark cluster, spark://host:port; only with --engine spark.")
@click.option("--no-post", is_flag=True, help="Only look, post nothing.")
def calculate(program_code: str | None, as_of_text: str | None, engine: str, master: str | None, no_post: bool) -> None:
    """Calculate what every participant has earned and post the differences.

    With --engine spark the lines are measured on a cluster, which reads them as Parquet from the data folder: every
    worker must see that folder under the same path. The cents are the same.
    """
    as_of = _moment(as_of_text)
    if program_code is not None and find_program(program_code) is None:
        raise InvalidInput(f"There is no program {program_code}.")
    with _place(engine, master) as place:
        result = run_full(program_code=program_code, as_of=as_of, post=not no_post, place=place)
    click.echo(f"{result.lines} lines, {result.earnings.height} earnings, engine {engine}.")
    posted = "Nothing was posted." if result.posted is None else f"{result.posted} differences posted."
    click.echo(posted)


@contextmanager
def _place(engine: str, master: str | None) -> Iterator[Place]:
    if engine == "polars":
        if master:
            raise InvalidInput("--master names a Spark cluster. Add --engine spark, or leave it out.")
        yield HERE
        return
    if not master:
        raise InvalidInput("Say which cluster: --engine spark --master spark://host:7077.")
    with on_spark(master, load_settings().data_dir / "spark" / uuid4().hex) as place:
        yield place


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        return clock.parse_moment(text)
    except ValueError as error:
        raise InvalidInput(f"“{text}” is no time. Write it like 2026-09-30 or 2026-09-30T17:00.") from error
