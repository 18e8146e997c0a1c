"""The limits on whole earnings as facts: each with what it bounds, what was used before it, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from portal.core.money import show_minor
from portal.engine.budgets import Place, Told, budget_of, turns_of
from portal.engine.caps import SHARED_BY, line_cap, minimum_payout, period_cap, program_cap
from portal.engine.groups import Group
from portal.engine.limits import Settled, place_of
from portal.engine.periods import spoken_day
from portal.engine.plan import Plan
from portal.engine.plan_values import plain_decimal
from portal.engine.rounding import round_minor


@dataclass(frozen=True)
class LimitFact:
    """One limit a plan has: its amount, what it is compared with, and an earning before and after it (minor units).

    `used` is: for period_cap what earlier components took, for minimum_payout and program_cap the total compared with
    the amount, for budget what other earnings were given. `owed` are the amounts that `used` is the sum of, for a
    program_cap and minimum_payout this earning the `mine`th of them; `queue` is how a budget served this earning.
    """

    name: str
    amount: int
    used: int
    before: int
    after: int
    owed: tuple[int, ...] = ()
    mine: int = 0
    queue: Told | None = None


def own_limits(plan: Plan, rounded: Sequence[int]) -> list[list[LimitFact]]:
    """The limits within one participant's period, for each component in the plan's order."""
    cap, least = period_cap(plan), minimum_payout(plan)
    found: list[list[LimitFact]] = [[] for _ in rounded]
    after = list(rounded)
    if cap is not None:
        owed = [max(earned, 0) for earned in rounded]
        for index, earned in enumerate(rounded):
            spent = sum(owed[:index])
            after[index] = earned if earned <= 0 else min(earned, max(cap - spent, 0))
            found[index].append(LimitFact("period_cap", cap, spent, earned, after[index], tuple(owed[:index])))
    if least is not None:
        owed = [max(earned, 0) for earned in after]
        for index, earned in enumerate(after):
            kept = 0 if earned > 0 and sum(owed) < least else earned
            found[index].append(LimitFact("minimum_payout", least, sum(owed), earned, kept, tuple(owed), index))
    return found


def shared_limits(plan: Plan, settled: Settled, mine: Place) -> list[LimitFact]:
    """The limits over all participants, read from a calculation; nothing where it does not know this earning."""
    own = settled.rows.filter(pl.col("program") == mine[0]).rename({"participant_id": "participant"})
    rows = {place_of(row): row for row in own.sort(SHARED_BY).iter_rows(named=True)}
    if mine not in rows:
        return []
    row, most, found = rows[mine], program_cap(plan), []
    if most is not None:
        owed = {place: one["kept"] for place, one in rows.items() if place[3] == mine[3] and one["kept"] > 0}
        index = list(owed).index(mine) if mine in owed else 0
        total = sum(owed.values())
        found.append(LimitFact("program_cap", most, total, row["kept"], row["shared"], tuple(owed.values()), index))
    if plan.stops:
        others = sum(max(one["earned"], 0) for place, one in rows.items() if place != mine)
        told = turns_of(settled.queues[mine[0]], mine)
        found.append(LimitFact("budget", budget_of(plan), others, row["shared"], row["earned"], queue=told))
    return found


def limit_sentences(limits: Sequence[LimitFact], unit: str) -> list[str]:
    """What each limit took away, in words; nothing where it took nothing."""
    told = []
    for limit in limits:
        if limit.before == limit.after:
            continue
        before, after, amount, used = (
            _shown(value, unit) for value in (limit.before, limit.after, limit.amount, limit.used)
        )
        told.append(
            {
                "period_cap": f"The cap of the period leaves {after} of {before}.",
                "minimum_payout": f"Less than {amount} in a period pays nothing; this period earned {used}.",
                "program_cap": f"All together earned {used} and the program pays at most {amount} a period, "
                f"in proportion: {after} of {before}.",
                "budget": f"The budget of {amount} is paid out, first recorded, first served: {after} of {before}.",
            }[limit.name]
        )
    return told


def share_sentences(group: Group) -> list[str]:
    """What took a part of the lines' shares away, in words: line cap, other programs, other versions, split credit."""
    plan, shares, told = group.plan, group.shares or [], []
    cap = line_cap(plan)
    if cap is not None and any(share.before == cap for share in shares):
        paid = round_minor(sum((share.before for share in shares), start=Fraction(0)))
        if paid != round_minor(group.walk.exact):
            told.append(f"No line pays more than {_shown(cap, plan.unit)}: {_shown(paid, plan.unit)}.")
    for program in sorted({share.elsewhere for share in shares} - {""}):
        left = [share for share in shares if share.elsewhere == program]
        away = round_minor(sum((share.before for share in left), start=Fraction(0)))
        lines = "1 line" if len(left) == 1 else f"{len(left):,} lines"
        told.append(f"Not paid here: {lines} worth {_shown(away, plan.unit)}, because {program} pays them.")
    if group.paid is not None:
        paid = round_minor(sum((share.exact for share in shares), start=group.whole))
        told.append(
            f"Of it, the lines sold from {spoken_day(group.paid[0])} to {spoken_day(group.paid[1] - 1)} pay "
            f"{_shown(paid, plan.unit)}."
        )
    if plan.credit.split:
        paid = round_minor(sum((share.exact for share in shares), start=group.whole))
        told.append(f"Split by {_credit_words(plan)}: {_shown(paid, plan.unit)} is paid here.")
    return told


def _credit_words(plan: Plan) -> str:
    return ", ".join(f"{plain_decimal(part.percent)} % {part.to}" for part in plan.credit.split)


def _shown(value: int, unit: str) -> str:
    return f"{show_minor(value, unit)} {unit}"
