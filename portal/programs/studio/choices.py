"""The words a plan may hold where the editor offers a choice, and which fields a method shows."""

from __future__ import annotations

Options = tuple[tuple[str, str], ...]

KIND: Options = (
    ("rebate", "Rebate"), ("spif", "SPIF"), ("growth", "Growth bonus"), ("bonus", "Bonus"),
    ("training", "Training reward"), ("referral", "Referral"), ("contest", "Contest"),
)  # fmt: skip
PERIOD: Options = (
    ("month", "Month"), ("quarter", "Quarter"), ("half", "Half-year"), ("year", "Year"),
    ("campaign", "The whole campaign"),
)  # fmt: skip
PARTICIPANT: Options = (("partner", "The partner"), ("seller", "The seller"), ("parent", "The parent company"))
ENROLLMENT: Options = (("", "Automatic"), ("opt_in", "Only who joins and accepts the terms"))
FLOW: Options = (
    ("", "As the participant implies"), ("sell_in", "What partners buy from us"),
    ("sell_through", "What distributors sell to resellers"), ("sell_out", "What is sold to end customers"),
)  # fmt: skip
WHEN_REACHED: Options = (("", "Warn"), ("warn", "Warn"), ("stop", "Stop: first recorded, first served"))
RETURNS: Options = (("", "The period of the sale"), ("return_period", "The period in which it comes back"))
LATE: Options = (("", "Is refused"), ("refuse", "Is refused"), ("adjust", "Counts and adjusts its period"))
STACK_POLICY: Options = (
    ("", "Every program pays"), ("best", "A line pays in the best one"), ("first", "The lowest priority pays"),
)  # fmt: skip
METHOD: Options = (
    ("per_unit", "So much for each unit"), ("percent", "A percent of the money"), ("tiered", "Bands on volume"),
    ("growth", "Bands on growth"), ("attainment", "Bands on a target"), ("milestone", "A milestone"),
    ("bundle", "A set of products"), ("rank", "A contest by rank"), ("free_goods", "Free goods"),
)  # fmt: skip
MEASURE: Options = (
    ("", "As the method implies"), ("revenue", "Revenue"), ("margin", "Margin"), ("list_value", "List value"),
    ("units", "Units"), ("invoices", "Invoices"), ("customers", "Customers"), ("new_customers", "New customers"),
)  # fmt: skip
RATE: Options = (("percent", "percent"), ("per_unit", "a unit"), ("fixed", "once"))
TIERED_SCOPE: Options = (
    ("", "Each on its own part"), ("marginal", "Each on its own part"), ("whole", "The reached one on everything"),
    ("rolling", "The top one on everything, the ones below up to their end"), ("total", "Every reached one on all"),
)  # fmt: skip
GROWTH_SCOPE: Options = (
    ("", "The reached one on everything"), ("whole", "The reached one on everything"),
    ("excess", "Only on what exceeds the baseline"), ("banded", "Each on its own part"),
)  # fmt: skip
CURVE: Options = (("", "Steps"), ("linear", "A straight line between the bands"))
REPEAT: Options = (("", "Once"), ("once", "Once"), ("every", "Every time"))
WITHIN: Options = (("", "One period"), ("invoice", "One invoice"), ("period", "One period"))
TIES: Options = (
    ("", "Share the prizes"), ("share", "Share the prizes"), ("earliest", "The earlier one wins"),
    ("duplicate", "Each gets the prize"),
)  # fmt: skip

BASELINE_PARTIAL: Options = (
    ("", "Counts as it is"), ("annualize", "Is raised to a whole one"), ("newcomer", "Counts as a newcomer"),
)  # fmt: skip
BASELINE_FREEZE: Options = (
    ("", "Never: returns still move it"), ("live", "Never: returns still move it"),
    ("at_open", "When the period opens"),
)  # fmt: skip
BASELINE_CURRENCY: Options = (
    ("", "Each of its day"), ("dated", "Each of its day"), ("constant", "The same for both years"),
)  # fmt: skip

PLAN: dict[str, Options] = {
    "kind": KIND, "period": PERIOD, "participant": PARTICIPANT, "enrollment": ENROLLMENT, "flow": FLOW,
    "when_reached": WHEN_REACHED, "returns": RETURNS, "late": LATE, "stack_policy": STACK_POLICY,
}  # fmt: skip
COMPONENT: dict[str, Options] = {
    "method": METHOD, "measure": MEASURE, "earn_on": MEASURE, "curve": CURVE, "repeat": REPEAT, "within": WITHIN,
    "ties": TIES, "baseline_partial_year": BASELINE_PARTIAL, "baseline_freeze": BASELINE_FREEZE,
    "baseline_currency": BASELINE_CURRENCY,
}  # fmt: skip
# Fields each method shows, beside its code and method; a field of another method is taken out when the method changes.
SHOWN: dict[str, tuple[str, ...]] = {
    "per_unit": ("measure", "amount", "amounts", "amounts_by_tier"),
    "percent": ("percent", "earn_on"),
    "tiered": ("measure", "scope", "earn_on", "bands"),
    "growth": (
        "measure",
        "scope",
        "curve",
        "baseline_of",
        "baseline_min",
        "baseline_newcomer",
        "baseline_partial_year",
        "baseline_freeze",
        "baseline_currency",
        "baseline_cap",
        "bands",
    ),
    "attainment": ("measure", "scope", "curve", "bands"),
    "milestone": ("measure", "at", "amount", "repeat"),
    "bundle": ("items", "amount", "within"),
    "rank": ("measure", "prizes", "ties"),
    "free_goods": ("per", "give"),
}
HINTS = {
    "baseline_of": "prior_year, table, or an amount.",
    "baseline_newcomer": "none, peer_median, or an amount.",
}
KEYS = ("measure", "earn_on", "scope", "curve", "amount", "amounts", "amounts_by_tier", "percent", "bands", "baseline",
        "at", "repeat", "items", "within", "prizes", "ties", "per", "give")  # fmt: skip
SEEDS: dict[str, dict[str, object]] = {
    "per_unit": {"amount": "10"},
    "percent": {"percent": "1"},
    "tiered": {"bands": [{"from": "0", "percent": "1"}, {"from": "1000", "percent": "2"}]},
    "growth": {"bands": [{"from": "105", "percent": "1"}, {"from": "110", "percent": "2"}], "scope": "excess"},
    "attainment": {"bands": [{"from": "80", "percent": "1"}, {"from": "100", "percent": "2"}], "scope": "banded"},
    "milestone": {"at": "10", "amount": "100"},
    "bundle": {"amount": "10"},
    "rank": {"prizes": {"1": "500", "2": "300", "3": "200"}, "measure": "units"},
    "free_goods": {"per": "12", "give": "1"},
}


def with_method(component: dict[str, object], method: str) -> dict[str, object]:
    """The component under another method: keys that do not belong to it go, what it needs is seeded."""
    shown = {"baseline" if name.startswith("baseline") else name for name in SHOWN.get(method, KEYS)}
    kept = {key: value for key, value in component.items() if key not in KEYS or key in shown}
    return kept | {"method": method} | {key: seed for key, seed in SEEDS.get(method, {}).items() if key not in kept}
