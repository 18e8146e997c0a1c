"""From exact earnings to what is paid: shares, stacking, split credit, one round, then caps, minimum and budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import polars as pl

from portal.engine.budgets import Place, Queue, budget_of, kept_by, recording_order, served
from portal.engine.caps import KEY, period_capped, program_capped, rounded, with_minimum
from portal.engine.compile import Rule
from portal.engine.crediting import credited, payees_of
from portal.engine.measure import Parameters
from portal.engine.mergers import PAST
from portal.engine.packing import ROOM
from portal.engine.place import FEW
from portal.engine.rounding import round_minor
from portal.engine.shares import Key, Slice, slices_of
from portal.engine.stack import Choices, choices_of, without_unchosen

Rules = Mapping[int, Rule]
Credited = tuple[str, int, int, str, int]
LABELS = {"rule": pl.Int64(), "window": pl.Int64(), "program": pl.String(), "version": pl.Int64()}
LABELS |= {"component": pl.String(), "position": pl.Int64(), "participant_kind": pl.String()}
LABELS |= {"period_start": pl.Int64(), "period_end": pl.Int64(), "unit": pl.String()}
ROWS = LABELS | {"participant": pl.Int64(), "measure": pl.Int64(), "baseline": pl.Int64(), "band": pl.String()}
ROWS |= {"earned": pl.Int64()}


@dataclass(frozen=True)
class Rated:
    """What has been rated: rows (KEY, measure, baseline, band, top, bottom), parts of rows, weights of lines."""

    rows: pl.DataFrame
    parts: pl.DataFrame
    weights: pl.DataFrame
    factors: Sequence[Fraction]
    parameters: Parameters


@dataclass(frozen=True)
class Settled:
    """What is paid: rows with a column for each step (rounded, capped, kept, shared, earned), and lines that gave way.

    `measured` names, for each (program, version, period start, payee) of a split, whose sales it was measured on;
    `queues` whom the budget of each program that stops served, `in_order` that the rows stand as they are named.
    """

    rows: pl.DataFrame
    choices: Choices
    measured: Mapping[Credited, set[int]] = field(default_factory=dict)
    queues: Mapping[str, Queue] = field(default_factory=dict)
    in_order: bool = False


def settle(rated: Rated, sales: pl.DataFrame, posted: pl.DataFrame) -> Settled:
    """Every limit in the order of DOMAIN section 5; `posted` is what budgets that stop have paid before."""
    rules = {rule.number: rule for rule in rated.parameters.rules}
    sales = sales.filter(pl.col("side") != PAST) if rated.parameters.sided else sales
    apart = _apart(rated.parameters)
    labels = _labels(rated.parameters)
    plain = rounded(rated.rows.filter(~pl.col("rule").is_in(apart)), rated.parts, rated.factors)
    in_order = not apart and plain.height > FEW
    rows = _in_order(plain, labels) if in_order else plain.join(labels, on=["rule", "window"]).select(list(ROWS))
    slices, choices = _sliced(rated, rules, apart, sales)
    if apart:
        special = rated.rows.filter(pl.col("rule").is_in(apart)).join(labels, on=["rule", "window"])
        rows = pl.concat([rows, _merged(special, slices, rules)])
    plans = {(rule.program, rule.version.number): rule.plan for rule in rules.values()}
    rows = period_capped(rows.rename({"earned": "rounded"}), plans)
    rows = program_capped(with_minimum(rows, plans), plans).with_columns(pl.col("shared").alias("earned"))
    queues: dict[str, Queue] = {}
    for program in sorted({rule.program for rule in rules.values() if rule.plan.stops}):
        rows, queues[program] = _budgeted(program, rows, slices, rules, sales, posted)
    return Settled(rows, choices, _measured(slices, rules, rated.parameters), queues, in_order)


def _in_order(plain: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """The rows by program, period, participant, kind and place in the program, sorted before they take their labels.

    Each is sorted by one whole number where that has room for all of them.
    """
    numbers = labels.select("rule", "window").rows()
    windows = 1 + max(window for _, window in numbers)
    found = {rule * windows + window: label for label, (rule, window) in enumerate(numbers)}
    at = pl.Series([found.get(number, 0) for number in range(max(found) + 1)], dtype=pl.Int64)
    kept = [name for name in ROWS if name not in LABELS]
    rows = plain.select(*kept, pl.lit(at).gather(pl.col("rule") * windows + pl.col("window")).alias("_label"))
    places, kinds = _ranks(labels, "program", "period_start"), _ranks(labels, "participant_kind", "position")
    place, kind = (pl.lit(pl.Series(ranks, dtype=pl.Int64)).gather("_label") for ranks in (places, kinds))
    low, high = rows.select(pl.col("participant").min().alias("low"), pl.col("participant").max()).row(0)
    span, many = high - low + 1, max(kinds) + 1
    order = [place, pl.col("participant"), kind]
    if (max(places) + 1) * span * many < ROOM:
        order = [(place * span + pl.col("participant") - low) * many + kind]
    named = (pl.lit(labels[name]).gather("_label").alias(name) for name in LABELS)
    return rows.sort(order).with_columns(named).select(list(ROWS))


def _ranks(labels: pl.DataFrame, *names: str) -> list[int]:
    """The place of each label among the different ones in these columns."""
    found = labels.select(names).rows()
    places = {value: place for place, value in enumerate(sorted(set(found)))}
    return [places[value] for value in found]


def _measured(slices: Iterable[Slice], rules: Rules, parameters: Parameters) -> dict[Credited, set[int]]:
    found: dict[Credited, set[int]] = {}
    for one in slices:
        rule = rules[one.key[0]]
        if rule.plan.credit.split:
            start = parameters.windows[one.key[0]][one.key[1]].period_start
            found.setdefault((rule.program, rule.version.number, start, *one.payee), set()).add(one.key[2])
    return found


def _apart(parameters: Parameters) -> list[int]:
    """The rules whose rows are made of slices: those that look at lines, and those that share a period."""
    shared = {number for number, windows in parameters.windows.items() if any(window.paid for window in windows)}
    return sorted(shared | {rule.number for rule in parameters.rules if rule.plan.by_line})


def _sliced(rated: Rated, rules: Rules, apart: Sequence[int], sales: pl.DataFrame) -> tuple[list[Slice], Choices]:
    if not apart:
        return [], {}
    rows = rated.rows.filter(pl.col("rule").is_in(apart))
    whole = rated.parts.join(rows.select(KEY), on=KEY, how="semi")
    whole = whole.join(rated.weights.select(KEY).unique(), on=KEY, how="anti")
    whole = whole.rename({"weights": "earn", "factors": "factor", "measures": "measure"})
    whole = whole.explode("earn", "factor", "measure").with_columns(pl.lit(None, pl.Int64).alias("line_id"))
    weights = pl.concat([rated.weights, whole.select(rated.weights.columns)])
    slices = slices_of(rows, weights, rated.factors, rules, _unsplit_stays(rows, rated.parameters))
    choices = choices_of(slices, rules)
    slices = without_unchosen(slices, rules, choices)
    lines = {one.line for one in slices if one.line is not None and rules[one.key[0]].plan.credit.split}
    payees = payees_of(sales, lines, rated.parameters.members) if lines else {}
    return credited(slices, rules, payees), choices


def _unsplit_stays(rows: pl.DataFrame, parameters: Parameters) -> set[Key]:
    """The keys an unsplit earning stays with: all, but of versions that share a period only the one it begins with."""
    found = set()
    for key in rows.select(KEY).iter_rows():
        window = parameters.windows[key[0]][key[1]]
        if window.paid is None or window.paid[0] == window.start:
            found.add(key)
    return found


def _merged(special: pl.DataFrame, slices: Iterable[Slice], rules: Rules) -> pl.DataFrame:
    """One row for each component, payee and period: exact sums over versions and groups, rounded once.

    What several groups pay to one payee is called after the first of them, in whatever order their lines came.
    """
    rows = special.sort("rule", "participant").iter_rows(named=True)
    groups: dict[Key, dict[str, Any]] = {(row["rule"], row["window"], row["participant"]): row for row in rows}
    found: dict[Place, dict[str, Any]] = {}
    exact: dict[Place, Fraction] = {}
    for row in groups.values():
        if not rules[row["rule"]].plan.credit.split:
            found[place_of(row)] = row | {"measure": 0}  # of versions that share a period the last stands for it
    for one in sorted(slices, key=lambda one: (one.key, one.line is None, one.line or 0, one.payee)):
        row = groups[one.key] | dict(zip(("participant_kind", "participant"), one.payee, strict=True))
        place = place_of(row)
        before = found.get(place, row | {"measure": 0})
        found[place] = before | {"measure": before["measure"] + one.measure}
        exact[place] = exact.get(place, Fraction(0)) + one.share
    made = [
        {name: row.get(name) for name in ROWS} | {"earned": round_minor(exact[place])} for place, row in found.items()
    ]
    return pl.DataFrame(made, schema=ROWS, orient="row")


def place_of(row: Mapping[str, Any]) -> Place:
    """The name of one earning: program, participant kind and id, period start, component."""
    return row["program"], row["participant_kind"], row["participant"], row["period_start"], row["component"]


def _labels(parameters: Parameters) -> pl.DataFrame:
    """What a rule's window is called; a period that versions share is called after the last of them."""
    windows = [(rule, *pair) for rule in parameters.rules for pair in enumerate(parameters.windows[rule.number])]
    last: dict[tuple[str, int], int] = {}
    for rule, _, window in windows:
        last[rule.program, window.period_start] = rule.version.number
    names = [
        (
            rule.number, index, rule.program, last[rule.program, window.period_start], rule.component.code,
            rule.position, rule.plan.participant, window.period_start, window.period_end, rule.plan.unit,
        )
        for rule, index, window in windows
    ]  # fmt: skip
    return pl.DataFrame(names, schema=LABELS, orient="row")


def _budgeted(
    program: str, rows: pl.DataFrame, slices: Sequence[Slice], rules: Rules, sales: pl.DataFrame, posted: pl.DataFrame
) -> tuple[pl.DataFrame, Queue]:
    """The rows with what the budget of a program leaves of `shared`, and whom it served in which order."""
    mine = [one for one in slices if rules[one.key[0]].program == program]
    order = recording_order(sales, {one.line for one in mine if one.line is not None})
    own = rows.filter(pl.col("program") == program)
    finals = {place_of(row): row["shared"] for row in own.iter_rows(named=True)}
    starts = {row[:2]: row[2] for row in own.select("rule", "window", "period_start").iter_rows()}
    steps = [
        ((program, *one.payee, starts[one.key[:2]], rules[one.key[0]].component.code), one.share, one.line)
        for one in sorted(
            mine, key=lambda one: (one.line is None, () if one.line is None else order[one.line], one.key, one.payee)
        )
    ]
    budget = budget_of([rule for rule in rules.values() if rule.program == program][-1].plan)
    queue = Queue(budget, finals, kept_by(posted, finals), steps)
    paid = served(queue)
    values = [(*place, earned) for place, earned in paid.items()]
    names = ["program", "participant_kind", "participant", "period_start", "component"]
    frame = pl.DataFrame(values, schema={name: ROWS[name] for name in names} | {"_paid": pl.Int64()}, orient="row")
    joined = rows.join(frame, on=names, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("_paid", "earned").alias("earned")).drop("_paid"), queue
