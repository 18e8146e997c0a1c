"""`portal simulate`, `portal programs lint`, `portal reconcile`: plans on real history, without writing anything."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from portal.core.errors import InvalidInput
from portal.core.money import show_minor, to_major
from portal.engine.plan import Plan
from portal.programs.commands import programs
from portal.programs.definitions.plan_files import read_plan_file
from portal.programs.definitions.queries import engine_programs
from portal.programs.definitions.variants import parse_plan
from portal.programs.simulation import figures
from portal.programs.simulation.calculation import Outcome, read_history, try_plans
from portal.programs.simulation.lint.findings import ERROR
from portal.programs.simulation.lint.registry import lint
from portal.programs.simulation.reconciling.comparing import compare, major_figures, sentences
from portal.programs.simulation.reconciling.payments import read_payments
from portal.programs.simulation.spans import Span, whole_periods
from portal.programs.simulation.summary import ASSUMPTION, summarize

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.option("--from", "since", required=True, help="The first day that counts, like 2026-07-01.")
@click.option("--until", "until", required=True, help="The first day that no longer counts.")
@click.option("--against", help="Compare with this program; without it with the program of FILE.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as data.")
def simulate(file: Path, since: str, until: str, against: str | None, as_json: bool) -> None:
    """Say what FILE would have paid over past days, beside what was paid. Nothing is written."""
    plan = parse_plan(read_plan_file(file))
    span = Span(_day(since), _day(until))
    history = read_history([plan], span)
    outcome = try_plans([plan], history, against=against)[0]
    if as_json:
        click.echo(json.dumps(_document(outcome, span), indent=2, ensure_ascii=False))
        return
    for sentence in _told(outcome, span):
        click.echo(sentence)


@programs.command(name="lint")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as data.")
@click.pass_context
def lint_command(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Say what to look at in FILE before it is published; exits 1 when something must not go out as it is."""
    found = lint(read_plan_file(file))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
    for one in () if as_json else found:
        click.echo(f"{one.severity}: {one.code}: {one.sentence}\n    {one.mend}")
    if not found and not as_json:
        click.echo("Nothing to look at.")
    if any(one.severity == ERROR for one in found):
        ctx.exit(1)


@click.command()
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print every difference as data.")
@click.pass_context
def reconcile(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Hold FILE (partner,program,period,amount: what was really paid) against what the engine owes.

    Exits 1 when a row could not be compared or a difference has no cause. Nothing is written.
    """
    payments, errors = read_payments(file, engine_programs())
    result = compare(payments)
    if as_json:
        click.echo(json.dumps(major_figures(result), indent=2, ensure_ascii=False))
    else:
        _tell(result)
    for error in errors:
        click.echo(f"Line {error.line}, {error.column} “{error.value}”: {error.sentence}", err=True)
    if errors or any(one["unexplained"] for one in result["periods"]):
        ctx.exit(1)


def _tell(result: dict[str, Any]) -> None:
    for sentence in sentences(result):
        click.echo(sentence)
    for one in major_figures(result)["differences"]:
        click.echo(
            f"  {one['partner']} {one['program']} {one['period']}: paid {one['paid']}, owed {one['owed']}, "
            f"{one['difference']} {one['unit']}: {one['said']}"
        )


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"“{text}” is no day. Write it like 2026-07-01.") from error


def _document(outcome: Outcome, span: Span) -> dict[str, object]:
    names = figures.people_of([outcome.own, outcome.current])
    found = summarize(outcome, span)
    return {
        "program": outcome.plan.code,
        "window": {"from": span.since.isoformat(), "until": span.until.isoformat()},
        "earnings": figures.earning_rows(outcome.own, outcome.plan, names),
        "cost": {unit: to_major(total, unit) for unit, total in figures.costs(outcome.own).items()},
        "against": None if outcome.against is None else {
            "program": outcome.against.code,
            "cost": {unit: to_major(total, unit) for unit, total in figures.costs(outcome.current).items()},
        },
        "participants": found["participants"],
        "winners": found["winners"], "losers": found["losers"], "same": found["same"],
        "assumption": ASSUMPTION,
    }  # fmt: skip


def _told(outcome: Outcome, span: Span) -> list[str]:
    plan, found = outcome.plan, summarize(outcome, span)
    last = span.until - dt.timedelta(days=1)
    cost = _cost(plan, figures.cost_of(outcome))
    lines = [f"{plan.name} over {span.since} to {last}: {cost} to {found['participants']} participants."]
    before = figures.current_cost(outcome)
    if outcome.against is not None and before is not None:
        lines.append(
            f"{outcome.against.code} paid {_cost(plan, before)} over the same days: {found['winners']} win, "
            f"{found['losers']} lose, {found['same']} stay the same."
        )
    if not whole_periods(plan, span):
        lines.append(f"The window cuts a {plan.period}: bands see only the days inside it.")
    return [*lines, ASSUMPTION]


def _cost(plan: Plan, total: int) -> str:
    return f"{show_minor(total, plan.unit)} {plan.unit}"
