"""What an earning is made of, judged line by line: the groups measured for it and the exact share of each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import polars as pl

from portal.engine.compile import money_columns, rules_of
from portal.engine.credit import members_of
from portal.engine.crediting import payees_of
from portal.engine.frames import Facts
from portal.engine.limits import Settled
from portal.engine.lines import Judge, LineFact, in_tie_order
from portal.engine.mergers import PAST, with_sides
from portal.engine.money import measured_sales
from portal.engine.periods import Program, Window
from portal.engine.plan import Component, Plan
from portal.engine.reading import history_of, walked_of
from portal.engine.shares import Weight, shares_of
from portal.engine.walk import Walk

Payee = tuple[str, int]
UNSPLIT = "not paid here: these lines cancel out, so what they earn is not split"


@dataclass(frozen=True)
class Share:
    """One line of a group: what it pays the payee exactly, and why it pays less than its share.

    `before` is its share with factor, under the line cap; `outside` when another version pays its day, `elsewhere` the
    program of the stack group in which it pays, `percent` the part credited to the payee.
    """

    line: LineFact
    before: Fraction
    exact: Fraction
    outside: bool = False
    elsewhere: str = ""
    percent: Fraction = Fraction(100)


@dataclass(frozen=True)
class Group:
    """What one version measured for one participant, and the shares of its counted lines (None: it stays unsplit).

    `paid` are the days whose lines the version pays (all when None), `whole` is what an unsplit earning pays, whose
    lines are the `unsplit`.
    """

    version: int
    component: Component
    plan: Plan
    participant_id: int
    measure: int
    weight: int
    walk: Walk
    paid: tuple[int, int] | None
    shares: list[Share] | None
    whole: Fraction
    unsplit: list[Share] = field(default_factory=list)

    @property
    def stays_here(self) -> bool:
        """Whether something of it may be paid to the payee."""
        counts = any(share.percent and not share.outside for share in self.unsplit)
        return self.shares is not None or counts or bool(self.whole)


@dataclass
class Walked:
    """One component's earning for one payee: its groups, the lines as shown, the counted lines of the baselines."""

    component: Component
    payee: Payee
    groups: list[Group] = field(default_factory=list)
    lines: list[tuple[LineFact, Fraction]] = field(default_factory=list)
    past: list[LineFact] = field(default_factory=list)

    @property
    def exact(self) -> Fraction:
        """The exact earning: all lines of all groups."""
        parts = [share.exact for group in self.groups for share in group.shares or ()]
        return sum([*parts, *(group.whole for group in self.groups)], start=Fraction(0))

    @property
    def is_split(self) -> bool:
        """Whether it can be split to lines; what stays with somebody else is none of it."""
        return all(group.shares is not None or not group.stays_here for group in self.groups)

    @property
    def measure(self) -> int:
        """The sum of the measures of the lines that count."""
        return sum(line.measure for line, _ in self.lines if line.counted)


def walked_groups(
    program: Program, facts: Facts, windows: Sequence[Window], payee: Payee, settled: Settled | None
) -> list[Walked]:
    """Each component of the versions that rate a period, as it pays one payee; the last version's components first."""
    found = {part.code: Walked(part, payee) for window in reversed(windows) for part in window.version.plan.components}
    for window in windows:
        for participant_id in _measured_for(program, window, payee, settled):
            _Measuring(program, facts, window, (participant_id, payee), settled).add_to(found)
    return [one for one in found.values() if one.groups]


def _measured_for(program: Program, window: Window, payee: Payee, settled: Settled | None) -> list[int]:
    """The participants whose sales were measured for a payee: itself, or in a split those whose lines name it."""
    if not window.version.plan.credit.split or settled is None:
        return [payee[1]]
    place = (program.code, window.version.number, window.period_start, *payee)
    return sorted(settled.measured.get(place, ()))


class _Measuring:
    """The judgment of one participant's lines by one version, and what of them pays a payee."""

    def __init__(
        self, program: Program, facts: Facts, window: Window, who: tuple[int, Payee], settled: Settled | None
    ) -> None:
        self.program, self.window, self.plan = program, window, window.version.plan
        self.participant_id, self.payee = who
        self.choices = settled.choices if settled else {}
        self.everyone, (sided, _) = facts, with_sides(facts)
        self.facts = replace(sided, sales=own_sales(sided, self.plan, self.participant_id, window))

    def add_to(self, found: dict[str, Walked]) -> None:
        """Add a group to each component."""
        rules = [rule for rule in rules_of([self.program]) if rule.version is self.window.version]
        sales, gaps = measured_sales(self.facts, money_columns(rules))
        history = history_of(self.plan.components, self.everyone, self.facts)
        judge = Judge(self.facts, self.plan, self.window, self.participant_id, gaps, history)
        rows = in_tie_order(sales)
        now = [row for row in rows if row.get("side") != PAST and self._is_now(row)]
        credit = self._credits(now)
        for component in self.plan.components:
            judged = judge.judged(component, rows)
            walked = walked_of(judge, component, judged, self.program, self.everyone)
            one = found[component.code]
            self._add(one, component, [*zip(judged.now, now, strict=True)], walked, credit)
            one.past += judged.past

    def _add(
        self, one: Walked, component: Component, lines: Sequence[tuple[LineFact, dict[str, Any]]],
        walked: Walk, credit: dict[int, Fraction],
    ) -> None:  # fmt: skip
        counted = [(line, row) for line, row in lines if line.counted]
        measure, weight = sum(line.measure for line, _ in counted), sum(line.weight for line, _ in counted)
        weights = [self._weight(line, row) for line, row in counted]
        pays = shares_of(walked.exact, weights, component, self.plan, stays=self._stays) if counted else []
        split = not pays or pays[0][0] is not None
        shares = [
            self._share(line, share, inside=weight_of.inside, percent=credit.get(line.line_id, Fraction(100)))
            for (line, _), (_, share, _), weight_of in zip(counted, pays if split else [], weights, strict=split)
        ]
        whole = Fraction(0) if split or not self._is_own else pays[0][1]
        if not split:  # it stays, whole, with whom it was measured for
            credit = {} if self._is_own else {line.line_id: Fraction(0) for line, _ in counted}
        away = f"not paid: it names another {self.payee[0]}, or none" if split else UNSPLIT
        unsplit = [
            self._share(line, Fraction(0), inside=held.inside, percent=credit.get(line.line_id, Fraction(100)))
            for (line, _), held in zip(counted, weights, strict=True)
        ]
        one.groups.append(
            Group(
                self.window.version.number, component, self.plan, self.participant_id, measure, weight, walked,
                self.window.paid, shares if split else None, whole, [] if split else unsplit,
            )
        )  # fmt: skip
        exact = {share.line.line_id: share for share in shares}
        for line, row in lines:
            if self._shows(row):
                one.lines.append(self._shown(line, exact.get(line.line_id), credit, away))

    def _weight(self, line: LineFact, row: dict[str, Any]) -> Weight:
        inside = not self._is_outside(row)
        return Weight(line.line_id, line.weight, line.factor if inside else Fraction(0), line.measure, inside=inside)

    def _share(self, line: LineFact, before: Fraction, *, inside: bool, percent: Fraction) -> Share:
        elsewhere = self.choices.get((self.program.code, line.line_id), "")
        exact = Fraction(0) if elsewhere else before * percent / 100
        return Share(line, before, exact, not inside, elsewhere, percent)

    def _shown(
        self, line: LineFact, share: Share | None, credit: dict[int, Fraction], away: str
    ) -> tuple[LineFact, Fraction]:
        """A line as its payee sees it: what is credited to others does not count here, which `away` says."""
        if line.counted and credit.get(line.line_id) == 0:
            return replace(line, counted=False, reason=away, measure=0, weight=0), Fraction(0)
        if share is not None and share.elsewhere:
            return replace(line, reason=f"not paid here: it pays in {share.elsewhere}"), Fraction(0)
        return line, share.exact if share is not None else Fraction(0)

    def _credits(self, rows: Sequence[dict[str, Any]]) -> dict[int, Fraction]:
        """The percent of each line's share that is credited to the payee; empty when nothing is split."""
        percents = {part.to: Fraction(part.percent) for part in self.plan.credit.split}
        if not percents:
            return {}
        members = members_of(self.facts.partner_values, set(), parents=True)
        payees = payees_of(self.facts.sales, [row["line_id"] for row in rows], members)
        kind, number = self.payee
        return {line: percents.get(kind, Fraction(0)) * (named[kind] == number) for line, named in payees.items()}

    def _is_now(self, row: dict[str, Any]) -> bool:
        return self.window.period_start <= self._day(row) < self.window.period_end

    def _is_outside(self, row: dict[str, Any]) -> bool:
        """Whether another version pays the lines of a day."""
        paid = self.window.paid
        return paid is not None and not paid[0] <= self._day(row) < paid[1]

    def _shows(self, row: dict[str, Any]) -> bool:
        """Whether this version shows a line: that which pays its day; the last one what lies outside all."""
        paid, day = self.window.paid, self._day(row)
        return paid is None or paid[0] <= day < paid[1] or (paid[1] == self.window.end and not self._is_within(day))

    def _is_within(self, day: int) -> bool:
        return self.window.start <= day < self.window.end

    def _day(self, row: dict[str, Any]) -> int:
        return int(row["sold_day"] if self.plan.returns == "return_period" else row["origin_day"])

    @property
    def _stays(self) -> bool:
        """Whether an unsplit earning stays here: of versions that share a period, with the one it begins with."""
        return self.window.paid is None or self.window.paid[0] == self.window.start

    @property
    def _is_own(self) -> bool:
        return self.payee == (self.plan.participant, self.participant_id)


def own_sales(facts: Facts, plan: Plan, participant_id: int, window: Window) -> pl.DataFrame:
    """The sales of one participant in a window, and of the year before."""
    sales = facts.sales
    if plan.participant == "parent":
        children = facts.partner_values.filter(pl.col("parent_id") == participant_id)["partner_id"]
        sales = sales.filter(pl.col("partner_id").is_in(children.implode()))
    else:
        sales = sales.filter(pl.col(f"{plan.participant}_id") == participant_id)
    before, until = window.year_before()
    day = pl.col("sold_day" if plan.returns == "return_period" else "origin_day")
    now = (day >= window.period_start) & (day < window.period_end)
    if any(component.needs_history for component in plan.components):
        return sales.filter(day < window.period_end)
    return sales.filter(now | ((day >= before) & (day < until)))
