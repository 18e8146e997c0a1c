"""The plan document (DOMAIN section 5): what one version of a program says. Immutable and exact."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from portal.core.money import POINTS
from portal.engine.errors import PlanError, PlanIssue
from portal.engine.pilots import Pilot
from portal.engine.plan_checks import check_plan
from portal.engine.plan_parts import Band, Baseline, EndCustomers, Part, PriceFloor, spelled_out
from portal.engine.plan_text import Path, dotted, line_of, read_plan_text
from portal.engine.plan_values import (
    Amount,
    Code,
    Currency,
    Day,
    ExpiryFrom,
    Factor,
    HoldFrom,
    Measure,
    Percent,
    Terms,
    Text,
    Unit,
    Whole,
    one_of,
)
from portal.engine.plan_variants import BaseOf, inherited, no_bases
from portal.engine.plan_words import sentence_for

METHODS = ("per_unit", "percent", "tiered", "growth", "attainment", "milestone", "bundle", "rank", "free_goods")
COUNTS = ("units", "invoices", "customers", "new_customers", "activities")
MONEY = ("revenue", "margin", "list_value")
ACTIVITY = "activity:"
PAYEES = ("partner", "seller", "parent", "distributor")


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
    certificates: tuple[Text, ...] | None = None
    end_customers: EndCustomers | None = None


class Qualify(Part):
    """Which lines count. A key left out of a component is taken from the plan."""

    categories: tuple[Text, ...] | None = None
    skus: tuple[Text, ...] | None = None
    exclude_skus: tuple[Text, ...] | None = None
    exclude_categories: tuple[Text, ...] | None = None
    tags: tuple[Text, ...] | None = None
    sources: tuple[Text, ...] | None = None
    flow: Annotated[str, one_of("sell_in", "sell_through", "sell_out")] | None = None
    price_floor: PriceFloor | None = None


class Component(Part):
    """One rule of a plan."""

    code: Code
    method: Annotated[str, one_of(*METHODS)]
    measure: Measure | None = None
    earn_on: Measure | None = None
    scope: Annotated[str, one_of("marginal", "whole", "rolling", "total", "excess", "banded")] | None = None
    curve: Annotated[str, one_of("step", "linear")] | None = None
    qualify: Qualify = Qualify()
    amount: Amount | None = None
    amounts: dict[Text, Amount] | None = None
    amounts_by_tier: dict[Text, Amount] | None = None
    percent: Percent | None = None
    bands: tuple[Band, ...] | None = None
    baseline: Annotated[Baseline, BeforeValidator(spelled_out)] | None = None
    at: Amount | None = None
    repeat: Annotated[str, one_of("once", "every")] | None = None
    items: dict[Text, Whole] | None = None
    within: Annotated[str, one_of("invoice", "period")] | None = None
    prizes: dict[Whole, Amount] | None = None
    ties: Annotated[str, one_of("share", "earliest", "duplicate")] | None = None
    per: Whole | None = None
    give: Whole | None = None

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
        """The qualifier: what decides the band; units where pieces are counted, else revenue, unless said."""
        if self.measure is None and self.method == "percent":
            return self.earning_measure
        return self.measure or ("units" if self.method in ("per_unit", "bundle", "free_goods") else "revenue")

    @property
    def earning_measure(self) -> str:
        """What the rate is applied to: money for percent, a count for per_unit."""
        if self.earn_on is not None:
            return self.earn_on
        if self.rate_kind == "percent":
            return self.measure if self.measure in MONEY else "revenue"
        if self.rate_kind == "per_unit":
            return self.measure if self.measure is not None and self.measure not in MONEY else "units"
        return self.measured

    @property
    def reading(self) -> str:
        """The scope in force: what was written, else marginal for tiered and whole against a baseline or target."""
        return self.scope or ("whole" if self.is_relative else "marginal")

    @property
    def is_relative(self) -> bool:
        """Whether its bands are percents: of a baseline or of a target."""
        return self.method in ("growth", "attainment")

    @property
    def activity(self) -> str | None:
        """The imported activity it counts, if it counts one."""
        return self.measured.removeprefix(ACTIVITY) if self.measured.startswith(ACTIVITY) else None

    @property
    def rates_by_product(self) -> bool:
        """Whether a unit's amount depends on the line: a table by product or by tier."""
        return self.amounts is not None or self.amounts_by_tier is not None

    @property
    def needs_peers(self) -> bool:
        """Whether one participant's earning depends on the sales of all the others."""
        return self.method == "rank" or (self.method == "growth" and self.growth_base.newcomer == "peer_median")

    @property
    def needs_history(self) -> bool:
        """Whether sales of any earlier time decide."""
        partial = self.method == "growth" and self.growth_base.partial_year is not None
        return partial or self.measured == "new_customers"

    @property
    def growth_base(self) -> Baseline:
        """The baseline of a growth component with its defaults."""
        return self.baseline or Baseline()


class Caps(Part):
    """Upper limits on positive earnings, in units of pay."""

    per_participant_period: Amount | None = None
    per_line: Amount | None = None
    program: Amount | None = None


class Budget(Part):
    """Money set aside for the program's life; `warn` leaves earnings as they are, `stop` pays first recorded first."""

    amount: Amount
    when_reached: Annotated[str, one_of("warn", "stop")] = "warn"


class Stack(Part):
    """The group of programs that share lines: `all` pays each, `best` the dearest, `first` the lowest priority."""

    group: Text | None = None
    policy: Annotated[str, one_of("all", "best", "first")] = "all"
    priority: Whole = 100

    @property
    def chooses(self) -> bool:
        """Whether a line of this program pays in one program of the group only."""
        return self.policy != "all"


class CreditPart(Part):
    """Whom a part of each line's share is paid to."""

    to: Annotated[str, one_of(*PAYEES)]
    percent: Percent


class Credit(Part):
    """How each line's share is divided; an empty split pays the participant all of it."""

    split: tuple[CreditPart, ...] = ()


class Hold(Part):
    """How long an earning waits before it may be spent or paid; the long form of hold_days (PRACTICE D19)."""

    days: Whole
    from_: HoldFrom = Field(default="approved", alias="from")


class Expiry(Part):
    """When points expire: months after they were earned, or after the end of that year (PRACTICE D12)."""

    after_months: Whole
    counted_from: ExpiryFrom = "earning"


class Multiplier(Part):
    """A factor on the part of an earning sold while the participant's values match."""

    when: Eligibility
    by: Factor


class Plan(Part):
    """One version of a program as its document says it."""

    code: Code
    extends: Code | None = None
    name: Text
    kind: Annotated[str, one_of("rebate", "spif", "growth", "bonus", "training", "referral", "contest")]
    goal: str = ""
    effective: Effective
    period: Annotated[str, one_of("month", "quarter", "half", "year", "campaign")]
    grace_days: Whole = 0
    pay: Pay
    participant: Annotated[str, one_of("partner", "seller", "parent")] = "partner"
    enrollment: Annotated[str, one_of("automatic", "opt_in")] = "automatic"
    terms: Terms | None = None
    accept_by: Day | None = None
    review_by: Day | None = None  # when somebody looks whether it still does what it is for; pays nothing by itself
    pilot: Pilot | None = None
    eligibility: Eligibility = Eligibility()
    qualify: Qualify = Qualify()
    budget: Budget | None = None
    caps: Caps = Caps()
    minimum_payout: Amount | None = None
    credit: Credit = Credit()
    stack: Stack = Stack()
    hold_days: Whole = 0
    hold: Hold | None = None
    expires_months: Whole | None = None
    expiry: Expiry | None = None
    claim_within_days: Whole | None = None
    late: Annotated[str, one_of("refuse", "adjust")] | None = None
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
    def stops(self) -> bool:
        """Whether a budget stops it."""
        return self.budget is not None and self.budget.when_reached == "stop"

    @property
    def shares_money(self) -> bool:
        """Whether an earning depends on other participants or programs: a choice, a shared cap or budget, a split."""
        return self.stack.chooses or self.stops or self.caps.program is not None or bool(self.credit.split)

    @property
    def credited_to(self) -> tuple[str, ...]:
        """Whom a split pays; nothing when the participant is paid all of it."""
        return tuple(part.to for part in self.credit.split)

    @property
    def by_line(self) -> bool:
        """Whether single lines must be seen: line caps, a choice among programs, a budget that stops, split credit."""
        return self.caps.per_line is not None or self.stack.chooses or self.stops or bool(self.credit.split)

    @property
    def answer_day(self) -> date:
        """From which day on only those who accepted its terms earn, where partners join it."""
        return self.accept_by or self.effective.from_

    @property
    def starts(self) -> date:
        """The first day that counts."""
        return self.effective.from_

    def qualify_of(self, component: Component) -> Qualify:
        """The component's own keys over the plan's, with the flow that the participant implies."""
        merged = self.qualify.model_copy(update={name: value for name, value in component.qualify if value is not None})
        if component.activity is not None:
            return Qualify(skus=(component.measured,), sources=merged.sources).model_copy(update={"flow": "activity"})
        if merged.flow is not None:
            return merged
        return merged.model_copy(update={"flow": "sell_out" if self.participant == "seller" else "sell_in"})

    def floor_of(self, component: Component) -> Decimal | None:
        """The least percent of the list price a line of a component is sold for."""
        floor = self.qualify_of(component).price_floor
        return None if floor is None else floor.percent_of_list

    def to_document(self) -> dict[str, Any]:
        """The canonical JSON-able document: exact numbers and days as text, keys left open left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def parse_plan(text: str, base_of: BaseOf = no_bases) -> Plan:
    """The plan of a YAML text; raises PlanError with a (line, key, sentence) for every fault found.

    `base_of` gives the document in force of a published plan: what the text extends is inherited from it.
    """
    document, lines = inherited(*read_plan_text(text), base_of)
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
    return _in_short(plan)


def _in_short(plan: Plan) -> Plan:
    """The plan with its short forms where a long one says no more."""
    if plan.hold is not None:
        plan = plan.model_copy(update={"hold_days": plan.hold.days, "hold": None})
    if plan.expiry is not None and plan.expiry.counted_from == "earning":
        plan = plan.model_copy(update={"expires_months": plan.expiry.after_months, "expiry": None})
    return plan


def _structure_issues(error: ValidationError, lines: dict[Path, int]) -> list[PlanIssue]:
    issues: dict[tuple[int | None, str], PlanIssue] = {}
    for fault in error.errors(include_url=False):
        path = tuple(part for part in fault["loc"] if not (isinstance(part, str) and "[" in part))
        line = line_of(path, lines)
        key = dotted(path)
        issues.setdefault((line, key), PlanIssue(line, key, sentence_for(fault["type"], fault["msg"], path)))
    return sorted(issues.values(), key=lambda issue: (issue.line or 0, issue.key))
