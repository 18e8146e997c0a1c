"""`portal explain`: the walk of one earning on the command line, the same as on the page."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import click

from portal.core import clock
from portal.core.errors import InvalidInput
from portal.core.money import show_minor
from portal.programs.definitions.queries import find_program
from portal.programs.runs.explanations import ComponentTrace, Explained, TraceLine, explain
from portal.programs.runs.sentences import figure, part_words, rate_words, show_unit
from portal.programs.runs.trace_data import trace_rows
from portal.programs.statements.nodes import in_reading_order
from portal.programs.statements.papers import earning_pdf
from portal.programs.statements.participants import Participant, find_participant


@click.command(name="explain")
@click.argument("program_code", metavar="PROGRAM")
@click.argument("participant_code", metavar="PARTICIPANT")
@click.argument("period", metavar="PERIOD_START")
@click.option("--as-of", "as_of_text", help="Only facts recorded by then.")
@click.option("--json", "as_json", is_flag=True, help="Print the trace as data.")
@click.option("--pdf", "pdf_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the trace as a PDF.")
def explain_command(
    program_code: str, participant_code: str, period: str, as_of_text: str | None, as_json: bool, pdf_file: Path | None
) -> None:
    """Say why PARTICIPANT (a partner code or an e-mail) earned what it earned in PROGRAM."""
    if find_program(program_code) is None:
        raise InvalidInput(f"There is no program {program_code}.")
    participant = find_participant(participant_code)
    if participant is None:
        raise InvalidInput(f"Nobody has the code or address {participant_code}.")
    told = _explained(program_code, participant, _day(period), as_of_text)
    if pdf_file is not None:
        pdf_file.write_bytes(earning_pdf(told, participant, budget=True))
        click.echo(f"Written to {pdf_file}.", err=as_json)
    if as_json:
        click.echo(json.dumps(trace_rows(told), indent=2, ensure_ascii=False))
    if as_json or pdf_file is not None:
        return
    for sentence in walk(told, participant):
        click.echo(sentence)


def _explained(program_code: str, participant: Participant, start: dt.date, as_of_text: str | None) -> Explained:
    as_of = _moment(as_of_text) if as_of_text else None
    return explain(program_code, participant.kind, participant.id, participant.code, start, as_of=as_of)


def _moment(text: str) -> dt.datetime:
    try:
        return clock.parse_moment(text)
    except ValueError as error:
        raise InvalidInput(f"“{text}” is no time. Write it like 2026-09-30 or 2026-09-30T17:00.") from error


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"“{text}” is no day. Write it like 2026-07-01.") from error


def walk(told: Explained, participant: Participant) -> list[str]:
    """The whole trace as plain text, line by line."""
    last = told.period_end - dt.timedelta(days=1)
    lines = [
        f"{told.program.name}, version {told.version}, written by {told.published_by}, approved by {told.approved_by}",
        f"{participant.name} ({participant.code}), {told.period_start} to {last}",
        f"Earned: {show_unit(told.earned, told.unit)}",
    ]
    for one in told.components:
        lines += ["", f"{one.fact.component}: {show_unit(one.fact.earned, one.fact.unit)}", f"  {one.sentence}"]
        lines += _bands(one)
        lines += [f"  counted {_line(line, one)}" for line in in_reading_order(one.counted)]
        lines += [f"  not counted {_name(line)}: {line.fact.reason}" for line in in_reading_order(one.not_counted)]
    return lines


def _bands(one: ComponentTrace) -> list[str]:
    unit, paid = one.fact.measure_unit, one.fact.unit
    steps = [band for band in one.fact.bands if band.start is not None]
    return [
        f"  from {one.start}: {part_words(one.part, unit)} at {rate_words(one.rate)} = {show_minor(one.amount, paid)}"
        for one in steps
    ]


def _line(line: TraceLine, one: ComponentTrace) -> str:
    share = "unsplit" if line.fact.share is None else show_minor(line.fact.share, one.fact.unit)
    return f"{_name(line)}: {figure(line.fact.measure, one.fact.measure_unit)}, share {share}"


def _name(line: TraceLine) -> str:
    return f"{line.fact.external_id} {line.sold_on} {line.fact.quantity} x {line.product} ({line.fact.sku})"
