"""What an earning stands against beside its sums: baseline, target, complete sets, rank. Read for one participant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.engine.baselines import looked_up, minor_target
from portal.engine.bundles import complete_sets
from portal.engine.frames import Facts
from portal.engine.free_goods import invoice_of
from portal.engine.periods import Window, spoken_day
from portal.engine.plan import Component, Plan
from portal.engine.plan_parts import Baseline
from portal.engine.plan_values import FlatPercent
from portal.engine.tiers import measure_digits, measure_units, percent_rate


@dataclass(frozen=True)
class Contest:
    """A participant's place: its rank (None below 1), how many are ranked, how many share the rank, and the prize."""

    rank: int | None
    ranked: int
    tied: int
    prize: int
    ended: bool


@dataclass(frozen=True)
class Stand:
    """Baseline or target, whether it is valid, a newcomer's flat rate, complete sets, the place in a contest.

    `told` says how a baseline came about where that is not last year's sales as they are.
    """

    baseline: int | None = None
    valid: bool = True
    flat: int | None = None
    sets: int = 0
    contest: Contest | None = None
    told: str = ""


@dataclass(frozen=True)
class Seen:
    """What is known of one component: the lines of the baseline, the counted rows, and what peers decided."""

    past: int
    first_day: int | None
    rows: Sequence[dict[str, Any]]
    rated: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class Place:
    """Whose component is looked at: the component of a plan and program, in a window, for a participant."""

    component: Component
    plan: Plan
    program: str
    window: Window
    who: int


def stand_of(place: Place, facts: Facts, seen: Seen) -> Stand:
    """What one participant's component stands against; `seen.rated` are the rated rows of all who take part."""
    component = place.component
    if component.method == "bundle":
        return Stand(sets=_sets(component, facts, seen.rows))
    if component.method == "rank":
        return Stand(contest=_contest(place, seen.rated, facts.today))
    if not component.is_relative:
        return Stand()
    looked = looked_at(place, facts)
    if component.method == "attainment":
        return Stand(baseline=looked, valid=looked is not None and looked > 0)
    stand = _growth(place, seen, looked)
    return stand if stand.valid or not component.needs_peers else _lent(place, seen, stand)


def _contest(place: Place, rated: Sequence[dict[str, Any]], today: int | None) -> Contest:
    placed = [row for row in rated if row["measure"] > 0]
    mine = next((row for row in placed if row["participant"] == place.who), None)
    ended = today is None or today >= place.window.end
    if mine is None:
        return Contest(None, len(placed), 0, 0, ended)
    tied = sum(row["measure"] == mine["measure"] for row in placed)
    return Contest(int(mine["band"]), len(placed), tied, mine["top"], ended)


def _lent(place: Place, seen: Seen, own: Stand) -> Stand:
    """The middle one of the others' baselines, where a newcomer has none."""
    mine = next((row for row in seen.rated if row["participant"] == place.who), None)
    if mine is None or not mine["valid"]:
        return own
    return Stand(mine["baseline"], told="A newcomer stands against the middle one of the others' baselines.")


def _sets(component: Component, facts: Facts, rows: Sequence[dict[str, Any]]) -> int:
    skus = dict(facts.products.select("product_id", "sku").iter_rows())
    sold: dict[Any, dict[str, int]] = {}
    for row in rows:
        place = invoice_of(row) if component.within == "invoice" else None
        net = sold.setdefault(place, {})
        sku = skus[row["product_id"]]
        net[sku] = net.get(sku, 0) + row["quantity"]
    return sum(complete_sets(component.items or {}, net) for net in sold.values())


def looked_at(place: Place, facts: Facts) -> int | None:
    """The imported or frozen target or baseline of a participant, in whole units of the measure; None without one."""
    kind = "person" if place.plan.participant == "seller" else "partner"
    mine = (kind, place.who, place.window.period_start)
    known = {
        row["measure"]: row["target"]
        for row in facts.targets.iter_rows(named=True)
        if (row["participant_kind"], row["participant_id"], row["period_start"]) == mine
    }
    found = [known[name] for name in looked_up(place.component, place.program) if name in known]
    return minor_target(found[0], measure_digits(place.component, place.plan)) if found else None


def _growth(place: Place, seen: Seen, looked: int | None) -> Stand:
    component, plan = place.component, place.plan
    base = component.growth_base
    found: int | None = seen.past
    if base.is_looked_up:
        found = looked
    elif isinstance(base.of, Decimal):
        found = measure_units(component, plan, base.of)
    told, short = "", False
    since, until = place.window.year_before()
    if base.partial_year is not None and seen.first_day is not None:
        active = until - seen.first_day
        short = active * 2 < until - since
        if short and base.partial_year == "annualize":
            told = f"Active since {spoken_day(seen.first_day)}, so the baseline is taken for the whole time."
            found = seen.past * (until - since) // active
    least = measure_units(component, plan, base.min or Decimal(0))
    refused = short and base.partial_year == "newcomer"
    if found is not None and found > 0 and found >= least and not refused:
        return Stand(found, told=told)
    return _newcomer(component, plan, base, found)


def _newcomer(component: Component, plan: Plan, base: Baseline, found: int | None) -> Stand:
    if isinstance(base.newcomer, FlatPercent):
        return Stand(found, valid=False, flat=percent_rate(base.newcomer.flat_percent))
    if isinstance(base.newcomer, Decimal):
        instead = measure_units(component, plan, base.newcomer)
        return Stand(instead, valid=instead > 0, told="A newcomer stands against a set baseline.")
    return Stand(found, valid=False)
