"""Checks of what bounds a plan: caps, minimum, budget, stacking, split credit. Each names its key."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from portal.core.money import minor_digits

if TYPE_CHECKING:
    from portal.engine.plan import Plan

Found = tuple[tuple[str | int, ...], str]


def check_limits(plan: Plan) -> Iterator[Found]:
    """What is wrong with the limits of a plan."""
    amounts: dict[tuple[str | int, ...], Decimal | None] = {
        ("caps", name): getattr(plan.caps, name) for name in ("per_participant_period", "per_line", "program")
    }
    amounts[("minimum_payout",)] = plan.minimum_payout
    amounts["budget", "amount"] = plan.budget.amount if plan.budget else None
    for path, amount in amounts.items():
        if amount is not None and not is_payable(amount, plan.unit):
            yield path, decimals_sentence(plan.unit)
    if plan.stack.chooses and plan.stack.group is None:
        yield (
            ("stack", "group"),
            f"The policy {plan.stack.policy} chooses among the programs of a group. Name the group.",
        )
    yield from _check_credit(plan)


def _check_credit(plan: Plan) -> Iterator[Found]:
    split = plan.credit.split
    total = sum((part.percent for part in split), start=Decimal(0))
    if split and total != 100:
        yield ("credit", "split"), f"The parts of a split sum to 100 percent; these sum to {total.normalize():f}."
    for index, part in enumerate(split):
        if part.to in [earlier.to for earlier in split[:index]]:
            yield ("credit", "split", index, "to"), f"“{part.to}” is listed twice. Add the two parts up."
        if part.percent == 0:
            yield ("credit", "split", index, "percent"), "A part of 0 percent pays nothing. Remove it."


def undivided(plan: Plan) -> str:
    """What in a plan keeps a period from being split between versions, in words; nothing when it can be."""
    for component in plan.components:
        if component.method in ("rank", "bundle", "milestone"):
            return f"the component {component.code} is a {component.method}"
        counted = {component.measured, component.earning_measure} & {"invoices", "customers", "new_customers"}
        if counted:
            return f"the component {component.code} counts {min(counted)}"
    return ""


def is_payable(amount: Decimal, unit: str) -> bool:
    """Whether an amount has no more decimals than its unit."""
    return amount == round(amount, minor_digits(unit))


def decimals_sentence(unit: str) -> str:
    """How many decimals amounts of a unit have, in words."""
    if minor_digits(unit) == 0:
        return f"Amounts of {unit} are whole numbers."
    return f"Amounts of {unit} have at most {minor_digits(unit)} decimals."
