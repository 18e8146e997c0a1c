"""What stands around the rates: goal, terms, budget, end, owner, who is paid, what else pays. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from portal.core.money import POINTS, minor_digits, show_minor
from portal.engine.plan import Plan
from portal.programs.simulation.lint.findings import ERROR, INFO, WARNING, Case, Finding
from portal.programs.simulation.lint.mend import mended, set_keys

NEW = ("customers", "new_customers")
FEW = 3
FIGURE = re.compile(
    r"\d|\b(every|half|double|twice|one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred)\b", re.IGNORECASE
)
AFFILIATED = re.compile(r"\b(affiliat\w+|related|own) (and \w+ |or \w+ )?(compan|part|branch|business)", re.IGNORECASE)
COMPARABLE = 10


def budget_missing(case: Case) -> Iterator[Finding]:
    """A program that may cost anything."""
    if case.plan.budget is None:
        cost = case.seen.cost * 4 if case.seen else 0
        told = f" The last closed period would have cost {_pay(case.seen.cost, case.plan)}." if case.seen else ""
        amount = {"budget.amount": str(_round_up(cost, case.plan)), "budget.when_reached": "warn"}
        yield Finding(
            "budget-missing", WARNING, f"No budget is set, so nobody is warned when it costs more than meant.{told}",
            "Set a budget.", {}, mended(case.text, set_keys(amount)) if cost > 0 else None,
        )  # fmt: skip


def end_missing(case: Case) -> Iterator[Finding]:
    """A program that runs until somebody remembers it."""
    if case.plan.effective.until is None:
        end = case.plan.starts.replace(day=1)
        end = dt.date(end.year + 1, end.month, 1)
        mend = f"Give it an end, such as {end}, and publish it again if it worked."
        text = mended(case.text, set_keys({"effective.until": end.isoformat()}))
        yield Finding("end-missing", INFO, "No end is written, so it runs until somebody remembers it.", mend, {}, text)


def terms_missing(case: Case) -> Iterator[Finding]:
    """Nothing to accept and nothing to hold anybody to."""
    if not getattr(case.plan, "terms", None):
        said = "No terms are written: nothing says when a payout may be refused, taken back or ended early."
        yield Finding(
            "terms-missing", INFO, said, "Write the terms, at least what a return takes back and who decides."
        )


def goal_missing(case: Case) -> Iterator[Finding]:
    """A program nobody can call a success."""
    if not case.plan.goal.strip():
        said = "No goal is written, so nobody can say later whether it worked."
        yield Finding("goal-missing", WARNING, said, "Write what should be different, and by how much.")
    elif not FIGURE.search(case.plan.goal):
        said = f"The goal, “{case.plan.goal.strip()[:120]}”, names no figure, so it can be neither reached nor missed."
        yield Finding("goal-without-figure", INFO, said, "Write by how much: 10 % more, two in every shop, 200 new.")


def owner_missing(case: Case) -> Iterator[Finding]:
    """A program nobody answers for."""
    if case.seen is not None and not case.seen.owner:
        yield Finding(
            "owner-missing", WARNING, "Nobody owns this program.", "Name the channel manager who answers for it."
        )


def self_referral(case: Case) -> Iterator[Finding]:
    """A partner that brings itself as the customer."""
    measures = {measure for one in case.plan.components for measure in (one.measured, one.earning_measure)}
    if case.plan.kind != "referral" and not measures & set(NEW):
        return
    own = case.seen.own_customers if case.seen else 0
    if not own and AFFILIATED.search(case.plan.terms or ""):
        return
    said = "It pays for customers, and nothing keeps a partner or its own branch from being its own customer."
    said += f" {own} sales on record name the selling partner as the end customer." if own else ""
    mend = "Write into the terms that own and affiliated companies do not count, and check end customers before paying."
    yield Finding("self-referral", WARNING, said, mend, {"own sales": str(own)})


def price_floor(case: Case) -> Iterator[Finding]:
    """A reward tied to a minimum resale price."""
    parts = [case.plan.qualify, *(component.qualify for component in case.plan.components)]
    if any(getattr(part, "price_floor", None) is not None for part in parts):
        said = (
            "Only sales above a price are paid. A reward tied to a minimum resale price is resale price maintenance: "
        )
        said += "in the EU a hardcore restriction, elsewhere often unlawful too."
        mend = "Drop the price floor, or ask a lawyer and pay on sell-in, where the price is your own."
        yield Finding("price-floor", ERROR, said, mend, {}, mended(case.text, _without_floor))


def _without_floor(document: dict[str, object]) -> None:
    components = document.get("components")
    for part in [document, *(components if isinstance(components, list) else [])]:
        qualify = part.get("qualify")
        if isinstance(qualify, dict):
            qualify.pop("price_floor", None)


def chosen_by_name(case: Case) -> Iterator[Finding]:
    """Payees picked by name instead of by criteria all can meet."""
    seen = case.seen
    if seen is None or not 0 < seen.eligible_count <= FEW:
        return
    said = f"Only {seen.eligible_count} of all partners may take part ({', '.join(seen.eligible)}): a choice by name."
    mend = "Choose by criteria that others can meet, such as type, tier or growth."
    yield Finding("chosen-by-name", WARNING, said, mend, {"eligible": str(seen.eligible_count)})


def pilot_small(case: Case) -> Iterator[Finding]:
    """A pilot from which nothing can be learned."""
    pilot, seen = case.plan.pilot, case.seen
    if pilot is None or seen is None or not seen.eligible_count:
        return
    least = int(seen.eligible_count * min(pilot.percent, 100 - pilot.percent) / 100)
    if least < COMPARABLE:
        said = f"The smaller group of the pilot has about {least} of {seen.eligible_count} partners."
        said += f" With fewer than {COMPARABLE} no difference can be told from chance."
        mend = "Widen who takes part, or draw closer to 50 percent."
        yield Finding("pilot-small", WARNING, said, mend, {"smaller group": str(least)})


def nobody_eligible(case: Case) -> Iterator[Finding]:
    """A plan that nobody may take part in, or that names goods nobody sells."""
    seen = case.seen
    if seen is None:
        return
    if seen.eligible_count == 0:
        yield Finding(
            "nobody-eligible", WARNING, "No partner meets the conditions today.", "Check types, tiers and places."
        )
    if seen.unknown:
        said = f"No product is called {', '.join(f'“{one}”' for one in seen.unknown)}."
        yield Finding("goods-unknown", WARNING, said, "Check the spelling; categories are written in full.")


def spif_answers(case: Case) -> Iterator[Finding]:
    """Money for another firm's people without its answer."""
    if case.plan.participant != "seller" or case.seen is None or case.seen.eligible_count == 0:
        return
    answers, eligible = case.seen.answers, case.seen.eligible_count
    missing = answers.silent
    if missing:
        said = f"{missing} of {eligible} eligible shops have not answered whether their people may be paid: nobody is."
        told = {"allowed": str(answers.allowed), "to the company": str(answers.to_company),
                "forbidden": str(answers.forbidden), "no answer": str(missing)}  # fmt: skip
        severity = ERROR if missing == eligible else WARNING
        yield Finding("spif-without-answer", severity, said, "Ask the shops' administrators before it starts.", told)


def paid_elsewhere(case: Case) -> Iterator[Finding]:
    """Other programs in force that pay for the same lines."""
    seen = case.seen
    rivals = [one for one in seen.rivals if not one.stacked] if seen else []
    if seen is None or not rivals:
        return
    told = {one.code: show_minor(one.shared, seen.currency) for one in rivals}
    whole = f"{show_minor(rivals[0].whole, seen.currency)} {seen.currency}"
    said = f"{rivals[0].name} pays for the same lines: {told[rivals[0].code]} of the {whole}"
    if len(rivals) > 1:
        named = ", ".join(f"{one.name} ({told[one.code]})" for one in rivals)
        said = f"{len(rivals)} other programs pay for some of the same lines: {named}, of the {whole}"
    mend = "If only one may pay, put them into one stack group and choose best or first; else say that all are meant."
    yield Finding(
        "programs-overlap", WARNING, f"{said} this plan counted in the last closed period.", mend,
        {"counted": whole} | told,
    )  # fmt: skip


def _round_up(cost: int, plan: Plan) -> int:
    """A year's cost and a fifth more, in major units, rounded up to two leading digits."""
    major = max(cost * 6 // (5 * 10 ** minor_digits(plan.unit)), 1)
    step: int = 10 ** max(len(str(major)) - 2, 0)
    return int(-(-major // step) * step)


def _pay(amount: int, plan: Plan) -> str:
    return f"{show_minor(amount, plan.unit)} {'stars' if plan.unit == POINTS else plan.unit}"
