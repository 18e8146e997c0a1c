"""The journal, batch by batch at the time it was recorded, with quarters closing in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import polars as pl

from portal.config import Settings
from portal.core import clock
from portal.core.db import transaction
from portal.demo import build_base, build_claims, build_programs
from portal.demo.calendar import add_quarters, quarter_start
from portal.demo.channel import DemoChannel
from portal.demo.generate_sprint import DAYS_BEFORE
from portal.demo.lines import import_csv
from portal.programs.runs.jobs import run_full
from portal.sales.imports.jobs import check_import, post_import
from portal.sales.imports.models import ImportState
from portal.sales.imports.services import Request, create_import

EVENING = 18
SPRINT = "helmet-sprint"


class DemoBroken(RuntimeError):
    """The demo's own files were refused, which only a mistake in the code can cause."""


def build(channel: DemoChannel, moment: dt.datetime, settings: Settings) -> None:
    """Record every known line and every claim; a quarter that ends is calculated and closed before the next begins.

    Claims come before the batch in which their sales are reported, as they do in life: the sprint is calculated
    after each batch, so that a claim posts what it brought and nothing else.
    """
    claims = build_claims.ClaimHistory(channel, settings)
    sprint = channel.today - dt.timedelta(days=DAYS_BEFORE)
    tiers = dict(build_base.tier_changes(channel))
    for start, batches in quarters(channel):
        if start in tiers:
            with clock.frozen(_evening(start, moment)), transaction():
                build_base.set_tiers(tiers[start], start)
        if start >= add_quarters(quarter_start(channel.today), -2):
            build_programs.close_quarter(start)
        for until, lines in batches:
            with clock.frozen(_evening(until, moment)):
                claims.advance(clock.now())
                post_lines(lines, settings.data_dir, f"{until}")
                if until >= sprint:
                    run_full(program_code=SPRINT, reason="calculated on the sales reported")
    claims.advance(moment)


def quarters(channel: DemoChannel) -> Iterator[tuple[dt.date, list[tuple[dt.date, pl.DataFrame]]]]:
    """Each quarter's first day with its batches: the whole quarter long ago, months of late, weeks of today's."""
    known = channel.known_lines()
    start, current = quarter_start(channel.first_day), quarter_start(channel.today)
    while start <= current:
        after = add_quarters(start, 1)
        recent = start >= add_quarters(current, -2)
        until = min(after, channel.today + dt.timedelta(days=1))
        edges = _edges(start, until, weekly=start == current, monthly=recent)
        batches = []
        for begin, end in pairwise(edges):
            some = known.filter((pl.col("recorded_on") >= begin) & (pl.col("recorded_on") < end))
            if some.height:
                batches.append((end - dt.timedelta(days=1), some))
        yield start, batches
        start = after


def _edges(start: dt.date, after: dt.date, *, weekly: bool, monthly: bool) -> list[dt.date]:
    step = dt.timedelta(days=7 if weekly else 31 if monthly else 100)
    edges = [start]
    while edges[-1] < after:
        following = edges[-1] + step
        if monthly and not weekly:
            following = following.replace(day=1)
        edges.append(min(following, after))
    return edges


def post_lines(lines: pl.DataFrame, data_dir: Path, label: str) -> None:
    """Import lines through the importer, one batch for each source and flow, exactly as a file would be."""
    folder = data_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    for (source, flow), some in lines.group_by(["source", "flow"], maintain_order=True):
        path = folder / f"{source}-{label}.csv"
        path.write_text(import_csv(some), encoding="utf-8")
        request = Request(
            kind="sales", path=path, filename=path.name, folder=folder, source=str(source), flow=str(flow)
        )
        with transaction():
            job_id = create_import(request).id
        job = check_import(job_id)
        if job.error or job.conflict or job.waiting:
            raise DemoBroken(f"{path}: {job.error} errors, {job.conflict} conflicts, {job.waiting} waiting")
        if post_import(job_id).state != ImportState.DONE:
            raise DemoBroken(f"{path} was not posted")
        path.unlink()


def _evening(day: dt.date, latest: dt.datetime) -> dt.datetime:
    return min(dt.datetime.combine(day, dt.time(EVENING), clock.zone()).astimezone(dt.UTC), latest)
