"""How a plan climbs: cliffs, what is worth splitting or holding, bands nobody or everybody reaches. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from portal.core.money import POINTS, show_minor
from portal.engine.plan import Component, Plan
from portal.programs.simulation.lint.findings import INFO, WARNING, Case, Finding, Jump
from portal.programs.simulation.lint.mend import in_component, mended

HOLDS = 3, 2  # one period of all must pay more than three halves of what two periods of half pay
LEAST = 2  # percent of active participants below which a band is for a few


def cliffs(case: Case) -> Iterator[Finding]:
    """Bands at which one more unit pays more than that unit's margin."""
    for jump in case.seen.jumps if case.seen else ():
        unit, gain = case.seen.units.get(jump.component) if case.seen else None, jump.at - jump.below
        margin = unit.margin if unit is not None else None
        usual = jump.beyond - jump.at  # what a unit pays once the band is reached: a steeper ramp is no cliff
        steep = margin is not None and gain > max(margin, 2 * usual, 0)
        if unit is None or margin is None or case.plan.unit == POINTS or not steep:
            continue
        told = {"below": _pay(jump.below, case.plan), "at": _pay(jump.at, case.plan), "margin": _pay(margin, case.plan)}
        yield Finding(
            "cliff", WARNING,
            f"{_band(jump)}: one more unit of {_pay(unit.price, case.plan)} takes the payout from {told['below']} to "
            f"{told['at']}, {_pay(gain, case.plan)} more. The unit's margin is {told['margin']}.",
            f"Let each band pay on its own part ({_own_part(case, jump.component)}), or make the step smaller.",
            told, _marginal(case, jump.component),
        )  # fmt: skip


def holding_pays(case: Case) -> Iterator[Finding]:
    """Bands that are worth moving sales from one period into another."""
    growth = {one.code for one in case.plan.components if one.method in ("growth", "attainment")}
    jumps = [one for one in (case.seen.jumps if case.seen else ()) if one.component not in growth]
    worth = [one for one in jumps if one.at > 0 and one.at * HOLDS[1] >= one.halves * HOLDS[0]]
    for jump in sorted(worth, key=lambda one: one.halves - one.at)[:1] if case.plan.period != "campaign" else ():
        once, twice = _pay(jump.at, case.plan), _pay(jump.halves, case.plan)
        yield Finding(
            "holding-pays", WARNING,
            f"{_band(jump)}: who holds back invoices and brings all in one {case.plan.period} is paid {once}, who "
            f"sells the same in two is paid {twice}.",
            "Measure over a longer period, or let each band pay on its own part.",
            {"held": once, "spread": twice}, _marginal(case, jump.component),
        )  # fmt: skip


def splitting_pays(case: Case) -> Iterator[Finding]:
    """Ways to be paid more for the same goods on other papers."""
    for component in case.plan.components:
        for said, mend, severity in _papers(case.plan, component):
            yield Finding("splitting-pays", severity, f"{component.code}: {said}", mend)
        kinds = [band.percent or band.per_unit or Decimal(0) for band in component.bands or ()]
        falling = [(one, two) for one, two in pairwise(kinds) if two < one]
        if falling and component.reading in ("whole", "marginal", "banded"):
            one, two = falling[0]
            yield Finding(
                "rate-falls", WARNING,
                f"{component.code}: a higher band pays less ({one:f} and then {two:f}), so who splits sales over two "
                "periods or two shops is paid more.",
                "Let rates rise, or set a cap instead of a lower band.", {"before": f"{one:f}", "after": f"{two:f}"},
            )  # fmt: skip


def _papers(plan: Plan, component: Component) -> Iterator[tuple[str, str, str]]:
    if {component.measured, component.earning_measure} & {"invoices"}:
        yield "it counts invoices, so one order on two invoices pays twice.", "Count units or revenue instead.", WARNING
    if component.method == "free_goods":
        per = getattr(component, "per", None)
        yield (
            f"free goods are counted per invoice, so orders are held back and put together to fill {per or 'a set'}.",
            "That is what offers by the carton are for; else pay a percent, or count over the period as a bundle.",
            INFO,
        )
    if component.method == "bundle" and getattr(component, "within", "period") == "invoice":
        said = "sets are counted per invoice, so orders are put together."
        yield said, "Count over the period (within: period).", WARNING
    if plan.caps.per_line is not None:
        yield (
            f"a line pays at most {plan.caps.per_line:f}, so one large line is written as several.",
            "Cap the participant's period instead (caps.per_participant_period).",
            WARNING,
        )


def reach(case: Case) -> Iterator[Finding]:
    """Bands that nobody or everybody reached, or only a few, or only the largest."""
    for one in case.seen.reach if case.seen else ():
        where = f"{one.component} from {_grouped(one.edge)}"
        told = {"reached": str(one.reached), "active": str(one.active)}
        if one.active == 0:
            continue
        if one.reached == 0:
            said = f"{where}: nobody reached this band in the past year ({one.active} participant periods with sales)."
            yield Finding("band-unreached", WARNING, said, "Lower it to where some can get, or drop it.", told)
        elif one.reached == one.active:
            said = (
                f"{where}: everybody who sold anything reached it ({one.active} of {one.active}), so it steers nothing."
            )
            yield Finding("band-always", WARNING, said, "Raise it to about the middle of what they sell.", told)
        elif one.reached * 100 < LEAST * one.active:
            said = f"{where}: {one.reached} of {one.active} participant periods reached it, fewer than {LEAST} %."
            yield Finding(
                "band-for-few", WARNING, said, "Offer equal terms to all who compete: lower it, or say why.", told
            )
        elif one.largest:
            said = f"{where}: in each territory only the largest partner reached it ({one.reached} of {one.active})."
            yield Finding(
                "band-for-largest", WARNING, said, "Offer proportionally equal terms, such as on one's own growth.",
                told,
            )  # fmt: skip


def bands_alike(case: Case) -> Iterator[Finding]:
    """Bands that pay the same as the one before, and components that pay twice for the same goods."""
    for component in case.plan.components:
        for one, two in pairwise(component.bands or ()):
            if (one.percent, one.per_unit, one.fixed) == (two.percent, two.per_unit, two.fixed) and not two.fixed:
                said = f"{component.code}: the bands from {one.from_:f} and from {two.from_:f} pay the same rate."
                yield Finding("bands-alike", WARNING, said, "Drop one of them.")
    first: dict[str, str] = {}
    for component in case.plan.components:
        goods = case.plan.qualify_of(component).model_dump_json()
        if component.bands and goods in first:
            said = f"{first[goods]} and {component.code} have bands on the same goods, so each sale climbs both."
            yield Finding("bands-overlap", WARNING, said, "Make them one component, or part their goods.")
        if component.bands:
            first.setdefault(goods, component.code)


def noisy_baseline(case: Case) -> Iterator[Finding]:
    """Growth measured against next to nothing."""
    for component in case.plan.components:
        base = component.growth_base
        if component.method != "growth" or base.min is not None or base.of != "prior_year":
            continue
        tiny, whole = case.seen.noise if case.seen else (0, 0)
        told = {"on a tiny baseline": _pay(tiny, case.plan), "together": _pay(whole, case.plan)}
        said = f"{component.code}: any baseline counts, however small."
        if tiny > 0 < whole:
            said += f" {told['on a tiny baseline']} of {told['together']} went to partners with a baseline below 1,000."
        mend = "Set the least baseline that counts (baseline.min)."
        change = in_component(component.code, {"baseline": {"of": "prior_year", "min": "1000", "newcomer": "none"}})
        yield Finding("baseline-without-minimum", WARNING, said, mend, told, mended(case.text, change))


def _own_part(case: Case, code: str) -> str:
    component = next(one for one in case.plan.components if one.code == code)
    return "scope: banded" if component.method in ("growth", "attainment") else "scope: marginal"


def _marginal(case: Case, code: str) -> str | None:
    component = next(one for one in case.plan.components if one.code == code)
    if component.method != "tiered" or component.reading == "marginal":
        return None
    return mended(case.text, in_component(code, {"scope": "marginal"}))


def _band(jump: Jump) -> str:
    return f"{jump.component} from {_grouped(jump.edge)}"


def _grouped(edge: str) -> str:
    """1,800 from the text of a band's edge; text that is more than a number stays."""
    return f"{int(edge):,}" if edge.isdecimal() else edge


def _pay(amount: int, plan: Plan) -> str:
    unit = "stars" if plan.unit == POINTS else plan.unit
    return f"{show_minor(amount, plan.unit)} {unit}"
