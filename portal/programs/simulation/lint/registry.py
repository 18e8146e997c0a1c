"""The rules of the linter, one table; a new rule is a pure function and a row here."""

from __future__ import annotations

from portal.core.errors import PortalError
from portal.engine.errors import PlanError, PlanIssue
from portal.programs.definitions.variants import parse_plan
from portal.programs.simulation.lint import rules_bands as bands
from portal.programs.simulation.lint import rules_frame as frame
from portal.programs.simulation.lint import rules_margin as margin
from portal.programs.simulation.lint.evidence import gather
from portal.programs.simulation.lint.findings import ERROR, SEVERITIES, WARNING, Case, Finding, Rule

RULES: tuple[Rule, ...] = (
    margin.sold_at_a_loss, margin.pays_above_margin,
    bands.cliffs, bands.holding_pays, bands.splitting_pays, bands.reach, bands.bands_alike, bands.noisy_baseline,
    frame.price_floor, frame.spif_answers, frame.self_referral, frame.chosen_by_name, frame.nobody_eligible,
    frame.pilot_small,
    frame.paid_elsewhere, frame.budget_missing, frame.end_missing, frame.terms_missing, frame.goal_missing,
    frame.owner_missing,
)  # fmt: skip


def check(case: Case) -> list[Finding]:
    """Everything the rules find, worst first; pure."""
    found = [finding for rule in RULES for finding in rule(case)]
    return sorted(found, key=lambda one: SEVERITIES.index(one.severity))


def lint(text: str) -> list[Finding]:
    """Everything to look at in a plan text before it is published, measured on what is known now."""
    try:
        plan = parse_plan(text)
    except PlanError as error:
        return [_unreadable(issue) for issue in error.issues]
    try:
        seen = gather(text)
    except PortalError as error:
        said = f"History could not be measured, so only the text was checked: {error.sentence}"
        return [Finding("not-measured", WARNING, said, "Add what is missing and look again."), *check(Case(plan, text))]
    return check(Case(plan, text, seen))


def _unreadable(issue: PlanIssue) -> Finding:
    code = "bands-overlap" if ".bands[" in issue.key and issue.key.endswith(".from") else "plan-refused"
    return Finding(code, ERROR, str(issue), "Mend the plan at this place; it cannot be published as it is.")
