"""Stacking: in a group of programs that choose, each line pays in one of them (DOMAIN section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from portal.engine.compile import Rule
from portal.engine.plan import Plan
from portal.engine.shares import Slice

Choices = dict[tuple[str, int], str]


def group_of(plan: Plan) -> tuple[str, str, str] | None:
    """Programs that share this compete for a line: the group, the policy and the unit that makes shares comparable."""
    return (str(plan.stack.group), plan.stack.policy, plan.unit) if plan.stack.chooses else None


def choices_of(slices: Iterable[Slice], rules: Mapping[int, Rule]) -> Choices:
    """For each (program, line) that gives way: the program in which the line pays.

    Each line is decided by itself on the exact shares of all components, so the sum over all lines is the largest there
    is. A line that gives money back goes where it gives back most: the return of a sale follows the sale.
    """
    shares: dict[tuple[str, str, str], dict[int, dict[str, Fraction]]] = {}
    priorities: dict[str, int] = {}
    for one in slices:
        rule = rules[one.key[0]]
        group = group_of(rule.plan)
        if group is None or one.line is None:
            continue
        priorities[rule.program] = rule.plan.stack.priority
        by_program = shares.setdefault(group, {}).setdefault(one.line, {})
        by_program[rule.program] = by_program.get(rule.program, Fraction(0)) + one.share
    found: Choices = {}
    for (_, policy, _), lines in shares.items():
        for line, by_program in lines.items():
            winner = _winner(policy, by_program, priorities)
            found |= {(program, line): winner for program in by_program if program != winner}
    return found


def _winner(policy: str, shares: Mapping[str, Fraction], priorities: Mapping[str, int]) -> str:
    paying = sorted(program for program, share in shares.items() if share) or sorted(shares)
    if policy == "first":
        return min(paying, key=lambda program: priorities[program])
    most = max(shares[program] for program in paying)
    return max(paying, key=lambda program: shares[program] if most > 0 else -shares[program])


def without_unchosen(slices: Sequence[Slice], rules: Mapping[int, Rule], choices: Choices) -> list[Slice]:
    """The slices with nothing on lines that pay in another program."""
    return [
        replace(one, share=Fraction(0)) if (rules[one.key[0]].program, one.line) in choices else one for one in slices
    ]
