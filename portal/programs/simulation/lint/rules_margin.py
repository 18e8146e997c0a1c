"""What a plan pays beside what its goods earn. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from portal.core.money import POINTS, show_minor
from portal.programs.simulation.lint.findings import ERROR, WARNING, Case, Evidence, Finding, Goods
from portal.programs.simulation.lint.mend import leave_out, mended

CLEAR = 5  # percent of revenue below cost from which a loss is no rounding of a price list


def clear_losses(goods: Sequence[Goods]) -> tuple[str, ...]:
    """Categories that are clearly sold below cost, the largest loss first."""
    lost: dict[str, int] = {}
    for one in goods:
        if one.revenue > 0 and -one.margin * 100 > CLEAR * one.revenue:
            lost[one.category] = min(lost.get(one.category, 0), one.margin)
    return tuple(sorted(lost, key=lambda name: (lost[name], name)))


def sold_at_a_loss(case: Case) -> Iterator[Finding]:
    """Goods that lose money before anything is paid on them."""
    seen = case.seen
    if seen is None:
        return
    names = clear_losses(seen.goods)
    if not names:
        return
    goods = {one.category: one for one in seen.goods if one.category in names}
    listed = _listed([f"{short(name)} ({goods[name].percent} margin)" for name in names])
    sentence = f"The plan pays on goods that were sold below cost in {period_words(seen)}: {listed}."
    if seen.foreign_costs:
        sentence += f" Their costs are on file in another currency than {seen.currency} and were converted."
    mend = "Leave them out, or say why they are worth the loss."
    numbers = {short(name): goods[name].percent for name in names}
    if seen.leaner is not None and case.plan.unit != POINTS and seen.leaner.cost != seen.cost:
        before, after = (show_minor(one, case.plan.unit) for one in (seen.cost, seen.leaner.cost))
        last = f"the last closed {case.plan.period} from {before} to {after} {case.plan.unit}"
        mend = (
            f"Leave them out: it lowers {last} over "
            f"{seen.participants} {_noun(case)}, and saves {show_minor(seen.cost - seen.leaner.cost, case.plan.unit)}."
        )
        losers = [f"{one.name} ({show_minor(one.before, case.plan.unit)} to {show_minor(one.after, case.plan.unit)})"
                  for one in seen.leaner.losers]  # fmt: skip
        mend += f" Most is lost by {_listed(losers)}." if losers else ""
        numbers |= {"before": before, "after": after}
    severity = WARNING if seen.foreign_costs else ERROR
    text = mended(case.text, leave_out(names))
    yield Finding("sold-below-cost", severity, sentence, mend, numbers, text, tuple(_letters(case, seen, names)))


def _letters(case: Case, seen: Evidence, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Whom leaving goods out takes most from, and what to write them; what the goods cost us is not told."""
    plan = case.plan
    if seen.leaner is None or plan.unit == POINTS or not seen.in_force:
        return
    start = f"{plan.starts.day} {plan.starts:%B %Y}" if plan.starts >= seen.until else "the next version"
    goods = _listed([short(name).lower() for name in names])
    for one in seen.leaner.losers:
        before, after = (show_minor(amount, plan.unit) for amount in (one.before, one.after))
        if one.after < one.before:
            letter = f"From {start} {goods} no longer count in “{plan.name}”. On your sales in {period_words(seen)} "
            yield one.name, f"{letter}it would have paid you {after} instead of {before} {plan.unit}."


def pays_above_margin(case: Case) -> Iterator[Finding]:
    """Categories, or the whole plan, whose payout is more than their margin."""
    seen = case.seen
    if seen is None or case.plan.unit == POINTS or not seen.goods:
        return
    losses = clear_losses(seen.goods)
    over = [one for one in seen.goods if one.payout > max(one.margin, 0) and one.category not in losses]
    for one in over:
        paid, left = (show_minor(value, seen.currency) for value in (one.payout, one.margin))
        yield Finding(
            "payout-above-margin", WARNING,
            f"{short(one.category)} earned {left} in {period_words(seen)} and would be paid {paid} on.",
            "Pay less on it, or leave it out.", {"margin": left, "payout": paid},
            mended(case.text, leave_out((one.category,))),
        )  # fmt: skip
    margin = sum(one.margin for one in seen.goods)
    payout = sum(one.payout for one in seen.goods)
    if payout > max(margin, 0) > 0 or (payout > 0 and margin <= 0):
        yield Finding(
            "pays-more-than-it-earns", WARNING if seen.foreign_costs else ERROR,
            f"All goods together earned {show_minor(margin, seen.currency)} in {period_words(seen)}, and the plan "
            f"would pay {show_minor(payout, seen.currency)} on them.",
            "Lower the rates until the payout is a part of the margin.",
            {"margin": show_minor(margin, seen.currency), "payout": show_minor(payout, seen.currency)},
        )  # fmt: skip


def period_words(seen: Evidence) -> str:
    """The last closed period, from its first day to its last."""
    last = seen.until - dt.timedelta(days=1)
    return f"the period from {seen.since.day} {seen.since:%B} to {last.day} {last:%B %Y}"


def short(category: str) -> str:
    """The last part of a category, as it is spoken of."""
    return category.rpartition(" / ")[2] or "goods without a category"


def _noun(case: Case) -> str:
    one = case.seen is not None and case.seen.participants == 1
    return case.plan.participant if one else f"{case.plan.participant}s"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
