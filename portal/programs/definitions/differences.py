"""What changes from one plan to another, in plain words; keys nobody has words for are named as they are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from portal.core.money import POINTS, minor_digits, show_minor
from portal.engine.plan import Plan
from portal.engine.plan_values import plain_decimal

Document = dict[str, Any]
NAMES = {
    "name": "Name", "kind": "Kind", "goal": "Goal", "effective.from": "First day", "effective.until": "Last day",
    "period": "Counted by", "grace_days": "Grace days", "pay.in": "Paid in", "pay.measured_in": "Measured in",
    "participant": "Paid to", "enrollment": "Enrollment", "budget.amount": "Budget", "terms": "Terms",
    "accept_by": "Terms accepted by", "review_by": "Review due",
    "budget.when_reached": "When the budget is reached", "caps.per_participant_period": "Most for one participant",
    "caps.per_line": "Most for one line", "caps.program": "Most for the whole program", "returns": "Returns",
    "hold_days": "Days until it can be used", "expires_months": "Stars expire after months",
    "claim_within_days": "Days to claim", "late": "A later claim", "expiry.after_months": "Stars expire after months",
    "expiry.counted_from": "Counted from", "minimum_payout": "Smallest payment", "stack.group": "Stacking group",
    "stack.policy": "Stacking", "stack.priority": "Stacking priority", "eligibility.tiers": "Tiers",
    "eligibility.partner_types": "Partner types", "eligibility.territories": "Territories",
    "eligibility.segments": "Segments", "eligibility.certificates": "Certificates",
    "eligibility.end_customers.exclude": "End customers left out", "qualify.tags": "Tags of products",
    "qualify.skus": "Products",
    "qualify.categories": "Categories", "qualify.exclude_skus": "Products left out", "qualify.flow": "Sales counted",
    "qualify.exclude_categories": "Categories left out", "qualify.sources": "Sources", "method": "Method",
    "measure": "Measure", "earn_on": "Paid on", "scope": "How the bands pay", "amount": "Amount",
    "percent": "Percent", "pilot.percent": "Pilot, percent of companies", "pilot.seed": "Seed of the pilot",
    "baseline.min": "Smallest baseline", "baseline.of": "Baseline",
}  # fmt: skip
EACH = "each on its own part"
# What stands in the document as one word, as people say it.
WORDS: dict[str, dict[str, str]] = {
    "scope": {"marginal": EACH, "banded": EACH, "whole": "the reached one on everything",
              "rolling": "the top one on everything, those below up to their end",
              "total": "every reached one on everything", "excess": "only on what exceeds the baseline"},
    "participant": {"partner": "the shop", "seller": "the seller", "parent": "the parent company"},
    "period": {"half": "half-year", "campaign": "the whole campaign"},
    "enrollment": {"automatic": "everybody it is open to", "opt_in": "only who joins and accepts the terms"},
    "qualify.flow": {"sell_in": "what partners buy from us", "sell_through": "what distributors sell to resellers",
                     "sell_out": "what is sold to end customers"},
    "budget.when_reached": {"warn": "it warns", "stop": "payments stop"},
    "returns": {"original_period": "in the period of the sale", "return_period": "in the period they come back"},
    "stack.policy": {"all": "every program pays", "best": "a sale pays in the best one",
                     "first": "the lowest priority pays"},
    "method": {"per_unit": "so much a unit", "percent": "a percent of the money", "tiered": "bands on volume",
               "growth": "bands on growth", "attainment": "bands on a target", "milestone": "a milestone",
               "bundle": "a set of products", "rank": "a contest by rank", "free_goods": "free goods"},
    "late": {"refuse": "it is refused", "adjust": "it counts and adjusts the period of its sale"},
    "expiry.counted_from": {"earning": "the day they are earned", "year_end": "the end of that year"},
    "curve": {"step": "in steps", "linear": "in a straight line between the bands"},
}  # fmt: skip
PAID = ("budget.amount", "caps.per_participant_period", "caps.per_line", "caps.program", "minimum_payout", "amount")


def differences(old: Plan | None, new: Plan) -> list[str]:
    """A sentence for every difference, in the order of the document; nothing when the plans are the same."""
    if old is None:
        return ["This is the first version."]
    before, after = old.to_document(), new.to_document()
    told = [f"Program code: from {old.code} to {new.code}."] if old.code != new.code else []
    told += _leaves(before, after, new.unit, skip=("code", "components", "multipliers"))
    told += _components(before, after, new.unit)
    told += _multipliers(before.get("multipliers", []), after.get("multipliers", []))
    return told


def _leaves(before: Document, after: Document, unit: str, *, skip: tuple[str, ...] = (), place: str = "") -> list[str]:
    """Differences of everything below two mappings, mappings inside them walked through."""
    told = []
    for path in dict.fromkeys([*_paths(before), *_paths(after)]):
        if path.split(".")[0] in skip:
            continue
        was, now = _at(before, path), _at(after, path)
        if was != now:
            told.append(f"{place}{_sentence(path, was, now, unit)}")
    return told


def _paths(document: Document, prefix: str = "") -> Iterator[str]:
    for key, value in document.items():
        if isinstance(value, dict) and key not in ("amounts", "amounts_by_tier", "items", "prizes"):
            yield from _paths(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _at(document: Document, path: str) -> Any:
    found: Any = document
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _sentence(path: str, was: Any, now: Any, unit: str) -> str:
    name = NAMES.get(path, path.replace("_", " ").replace(".", ", ").capitalize())
    if isinstance(was or now, list):
        return f"{name}: {_list_words(was or [], now or [])}."
    if isinstance(was or now, dict):
        return f"{name}: {_table_words(was or {}, now or {}, unit)}."
    if was is None:
        return f"{name}: now {_value(path, now, unit)}."
    if now is None:
        return f"{name}: no longer {_value(path, was, unit)}."
    return f"{name}: from {_value(path, was, unit)} to {_value(path, now, unit)}."


def _list_words(was: list[Any], now: list[Any]) -> str:
    added = [str(one) for one in now if one not in was]
    gone = [str(one) for one in was if one not in now]
    parts = [f"{', '.join(words)} {verb}" for words, verb in ((added, "added"), (gone, "taken out")) if words]
    return "; ".join(parts) or "another order"


def _table_words(was: Document, now: Document, unit: str) -> str:
    parts = [f"{name} now {_paid(now[name], unit)}" for name in now if name not in was]
    parts += [f"{name} taken out" for name in was if name not in now]
    changed = [name for name in now if name in was and was[name] != now[name]]
    parts += [f"{name} from {_paid(was[name], unit)} to {_paid(now[name], unit)}" for name in changed]
    return "; ".join(parts)


def _value(path: str, value: Any, unit: str) -> str:
    if path in PAID:
        return _paid(value, unit)
    if path == "percent":
        return f"{value} %"
    if str(value) in WORDS.get(path, {}):
        return WORDS[path][str(value)]
    if path in ("effective.from", "effective.until"):
        day = dt.date.fromisoformat(value) - dt.timedelta(days=path == "effective.until")
        return f"{day.day} {day:%B} {day.year}"
    return str(value).replace("_", " ") if path not in ("name", "goal", "terms") else f"“{value}”"


def _paid(value: Any, unit: str) -> str:
    """An amount in units of pay as people read it."""
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        return str(value)
    if unit == POINTS:
        return f"{_number(plain_decimal(amount))} {'star' if amount == 1 else 'stars'}"
    minor = amount * 10 ** minor_digits(unit)
    return f"{show_minor(int(minor), unit) if minor == int(minor) else plain_decimal(amount)} {unit}"


def _components(before: Document, after: Document, unit: str) -> list[str]:
    was = {one["code"]: one for one in before["components"]}
    now = {one["code"]: one for one in after["components"]}
    several = len(was) > 1 or len(now) > 1
    told = [f"Component “{code}” is new." for code in now if code not in was]
    told += [f"Component “{code}” is gone." for code in was if code not in now]
    for code, component in now.items():
        if code in was:
            place = f"{code}: " if several else ""
            told += _leaves(was[code], component, unit, skip=("code", "bands"), place=place)
            told += _bands(was[code].get("bands") or [], component.get("bands") or [], unit, place)
    return told


def _bands(was: list[Document], now: list[Document], unit: str, place: str) -> list[str]:
    old, new = {one["from"]: one for one in was}, {one["from"]: one for one in now}
    told = []
    for start in sorted({*old, *new}, key=Decimal):
        before, after = old.get(start), new.get(start)
        where = f"{place}Band from {_number(start)}"
        if before is None and after is not None:
            told.append(f"{where}: new, {_rate(after, unit)}.")
        elif after is None and before is not None:
            told.append(f"{where} ({_rate(before, unit)}) is gone.")
        elif before != after:
            told.append(f"{where}: from {_rate(before or {}, unit)} to {_rate(after or {}, unit)}.")
    return told


def _rate(band: Document, unit: str) -> str:
    if "percent" in band:
        return f"{band['percent']} %"
    if "per_unit" in band:
        return f"{_paid(band['per_unit'], unit)} a unit"
    return f"{_paid(band.get('fixed', 0), unit)} once"


def _number(text: str) -> str:
    whole, _, part = text.partition(".")
    return f"{int(whole):,}" + (f".{part}" if part else "")


def _multipliers(was: list[Document], now: list[Document]) -> list[str]:
    told = [f"Factor {one['by']} for {_who(one['when'])} is new." for one in now if one not in was]
    return told + [f"Factor {one['by']} for {_who(one['when'])} is gone." for one in was if one not in now]


def _who(when: Document) -> str:
    return ", ".join(str(value) for values in when.values() for value in (values or [])) or "everyone"
