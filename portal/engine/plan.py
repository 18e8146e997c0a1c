"""The plan document (DOMAIN section 5): what one version of a program says. Immutable and exact."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from portal.core.money import POINTS
from portal.engine.errors import PlanError, PlanIssue
from portal.engine.plan_checks import check_plan
from portal.engine.plan_text import Path, dotted, line_of, read_plan_text
from portal.engine.plan_values import (
    Amount,
    BaselineSource,
    Code,
    Currency,
    Day,
    Factor,
    Percent,
    Text,
    Unit,
    Whole,
    one_of,
)
from portal.engine.plan_words import sentence_for

COMING_METHODS = ("attainment", "milestone", "bundle", "rank", "free_goods")
COMING_MEASURES = ("list_value", "new_customers")
COUNTS = ("units", "invoices", "customers")
MONEY = ("revenue", "margin")


class Part(BaseModel):
    """Any mapping of a plan: unknown keys are errors, nothing changes after parsing."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Effective(Part):
    """The days the plan counts: from (included) until (excluded, or open)."""

    from_: Day = Field(alias="from")
    until: Day | None = None


class Pay(Part):
    """What is paid, and the currency money is measured in."""

    unit: Unit = Field(alias="in")
    measured_in: Currency | None = None


class Eligibility(Part):
    """Dated facts of a partner; every key that is given must match, any value of its list will do."""

    partner_types: tuple[Text, ...] | None = None
    tiers: tuple[Text, ...] | None = None
    territories: tuple[Text, ...] | None = None
    segments: tuple[Text, ...] | None = None


class Qualify(Part):
    """Which lines count. A key left out of a component is taken from the plan."""

    categories: tuple[Text, ...] | None = None
    skus: tuple[Text, ...] | None = None
    exclude_skus: tuple[Text, ...] | None = None
    exclude_categories: tuple[Text, ...] | None = None
    sources: tuple[Text, ...] | None = None
    flow: Annotated[str, one_of("sell_in", "sell_through", "sell_out")] | None = None


class Band(Part):
    """One step of a tiered or growth component; it holds exactly one of percent, per_unit and fixed."""

    from_: Amount = Field(alias="from")
    percent: Percent | None = None
    per_unit: Amount | None = None
    fixed: Amount | None = None


class Baseline(Part):
    """What growth is measured against (PRACTICE D7)."""

    of: BaselineSource = "prior_year"
    min: Amount | None = None
    newcomer: Annotated[str, one_of("none", coming=("flat_percent", "peer_median"))] = "none"
    freeze: Annotated[str, one_of("live", coming=("at_open",))] = "live"
    currency: Annotated[str, one_of("dated", coming=("constant",))] = "dated"


def _spelled_out(value: Any) -> Any:
    return value if isinstance(value, dict | Baseline) else {"of": value}


class Component(Part):
    """One rule of a plan."""

    code: Code
    method: Annotated[str, one_of("per_unit", "percent", "tiered", "growth", coming=COMING_METHODS)]
    measure: Annotated[str, one_of(*MONEY, *COUNTS, coming=COMING_MEASURES)] | None = None
    earn_on: Annotated[str, one_of(*MONEY, *COUNTS, coming=COMING_MEASURES)] | None = None
    scope: Annotated[str, one_of("marginal", "whole", "rolling", "total", "excess", "banded")] | None = None
    qualify: Qualify = Qualify()
    amount: Amount | None = None
    amounts: dict[Text, Amount] | None = None
    percent: Percent | None = None
    bands: tuple[Band, ...] | None = None
    baseline: Annotated[Baseline, BeforeValidator(_spelled_out)] | None = None

    @property
    def rate_kind(self) -> str:
        """What its rates are applied to: percent, per_unit, or nothing (fixed)."""
        if self.method in ("percent", "per_unit"):
            return self.method
        kinds = {
            kind for band in self.bands or () for kind in ("percent", "per_unit") if getattr(band, kind) is not None
        }
        return kinds.pop() if kinds else "fixed"

    @property
    def measured(self) -> str:
        """The qualifier: what decides the band; units for a per_unit component, else revenue, unless said."""
        if self.measure is None and self.method == "percent":
            return self.earning_measure
        return self.measure or ("units" if self.method == "per_unit" else "revenue")

    @property
    def earning_measure(self) -> str:
        """What the rate is applied to: money for percent, a count for per_unit."""
        if self.earn_on is not None:
            return self.earn_on
        if self.rate_kind == "percent":
            return self.measure if self.measure in MONEY else "revenue"
        if self.rate_kind == "per_unit":
            return self.measure if self.measure in COUNTS else "units"
        return self.measured

    @property
    def reading(self) -> str:
        """The scope in force: what was written, else marginal for tiered and whole for growth."""
        return self.scope or ("whole" if self.method == "growth" else "marginal")

    @property
    def growth_base(self) -> Baseline:
        """The baseline of a growth component with its defaults."""
        return self.baseline or Baseline()


class Caps(Part):
    """Upper limits on positive earnings, in units of pay."""

    per_participant_period: Amount | None = None
    per_line: Amount | None = None


class Budget(Part):
    """Money set aside for the program's life; `warn` leaves earnings as they are."""

    amount: Amount
    when_reached: Annotated[str, one_of("warn", coming=("stop",))] = "warn"


class Stack(Part):
    """The group of programs that share lines; policy `all` pays each."""

    group: Text | None = None
    policy: Annotated[str, one_of("all", coming=("best", "first"))] = "all"
    priority: Whole = 100


class Multiplier(Part):
    """A factor on the part of an earning sold while the participant's values match."""

    when: Eligibility
    by: Factor


class Plan(Part):
    """One version of a program as its document says it."""

    code: Code
    name: Text
    kind: Annotated[str, one_of("rebate", "spif", "growth", "bonus", "training", "referral", "contest")]
    goal: str = ""
    effective: Effective
    period: Annotated[str, one_of("month", "quarter", "half", "year", "campaign")]
    grace_days: Whole = 0
    pay: Pay
    participant: Annotated[str, one_of("partner", "seller", "parent")] = "partner"
    enrollment: Annotated[str, one_of("automatic", coming=("opt_in",))] = "automatic"
    eligibility: Eligibility = Eligibility()
    qualify: Qualify = Qualify()
    budget: Budget | None = None
    caps: Caps = Caps()
    stack: Stack = Stack()
    hold_days: Whole = 0
    expires_months: Whole | None = None
    claim_within_days: Whole | None = None
    returns: Annotated[str, one_of("original_period", "return_period")] = "original_period"
    components: tuple[Component, ...]
    multipliers: tuple[Multiplier, ...] = ()

    @property
    def unit(self) -> str:
        """What is paid: a currency code or points."""
        return self.pay.unit

    @property
    def measuring_currency(self) -> str | None:
        """The currency revenue and margin are measured in; None when the plan only counts."""
        return self.pay.measured_in or (None if self.pay.unit == POINTS else self.pay.unit)

    @property
    def starts(self) -> date:
        """The first day that counts."""
        return self.effective.from_

    def qualify_of(self, component: Component) -> Qualify:
        """The component's own keys over the plan's, with the flow that the participant implies."""
        merged = self.qualify.model_dump(exclude_none=True) | component.qualify.model_dump(exclude_none=True)
        merged.setdefault("flow", "sell_out" if self.participant == "seller" else "sell_in")
        return Qualify(**merged)

    def to_document(self) -> dict[str, Any]:
        """The canonical JSON-able document: exact numbers and days as text, keys left open left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def parse_plan(text: str) -> Plan:
    """The plan of a YAML text; raises PlanError with a (line, key, sentence) for every fault found."""
    document, lines = read_plan_text(text)
    return _plan_of(document, lines)


def plan_from_document(document: dict[str, Any]) -> Plan:
    """The plan of a stored document (the inverse of `Plan.to_document`); raises PlanError naming the keys."""
    return _plan_of(document, {})


def _plan_of(document: dict[str, Any], lines: dict[Path, int]) -> Plan:
    try:
        plan = Plan.model_validate(document)
    except ValidationError as error:
        raise PlanError(_structure_issues(error, lines)) from error
    found = check_plan(plan)
    if found:
        raise PlanError([PlanIssue(line_of(path, lines), dotted(path), sentence) for path, sentence in found])
    return plan


def _structure_issues(error: ValidationError, lines: dict[Path, int]) -> list[PlanIssue]:
    issues: dict[tuple[int | None, str], PlanIssue] = {}
    for fault in error.errors(include_url=False):
        path = tuple(part for part in fault["loc"] if not (isinstance(part, str) and "[" in part))
        line = line_of(path, lines)
        key = dotted(path)
        issues.setdefault((line, key), PlanIssue(line, key, sentence_for(fault["type"], fault["msg"], path)))
    return sorted(issues.values(), key=lambda issue: (issue.line or 0, issue.key))
