"""Recompute the amounts of a trace (`portal explain PROGRAM PARTICIPANT PERIOD --json`) from the JSON alone.

python tools/verify_trace.py trace.json     exits 0 when every amount is right, else 1 and says what differs
"""  # standard library only, nothing of the portal: a second opinion that anybody can read in ten minutes

import json
import sys
from fractions import Fraction
from typing import Any as Row


def half_away(value: Fraction) -> int:
    """The nearest whole number, half away from zero."""
    whole = (2 * abs(value) + 1) // 2
    return int(whole if value >= 0 else -whole)


def pays(group: Row, band: Row, amount: Fraction, digits: int) -> Fraction:
    """What one band (or a rule without bands) pays on an amount of the earning measure, in minor units of pay."""
    if "percent" in band:
        return amount * Fraction(band["percent"]) / 100 * Fraction(10) ** (digits - group["money_digits"])
    if "per_unit" in band:
        return amount * Fraction(band["per_unit"]) * 10**digits
    return Fraction(band["fixed"]) * 10**digits


def exact_of(group: Row, digits: int) -> Fraction:  # noqa: C901  one branch a method
    """The exact earning of a group before factors and limits."""
    rule, measure, earn = group["rule"], Fraction(group["measure"]), Fraction(group["weight"])
    method = rule["method"]
    if group["nothing"] or not group["steps"]:
        return Fraction(0)
    if method == "percent":
        return pays(group, rule, earn, digits)
    if method == "per_unit":  # in a table the weight of a line is its units times its own amount
        return earn * Fraction(rule["amount"]) * 10**digits if "amount" in rule else earn / 10**4
    if method == "free_goods":
        return earn
    if method == "bundle":
        return Fraction(group["steps"][0]["part"]) * Fraction(rule["amount"]) * 10**digits
    if method == "rank":
        return Fraction(group["steps"][0]["amount"])
    unit = Fraction(10) ** group["money_digits"] if group["measured_in_money"] else Fraction(1)
    if method == "milestone":
        times = measure // (Fraction(rule["at"]) * unit) if rule.get("repeat") == "every" else 1
        return (measure >= Fraction(rule["at"]) * unit) * times * Fraction(rule["amount"]) * 10**digits
    base = None
    if method in ("growth", "attainment"):
        base = Fraction(group["baseline"])
        if group["reached"] is None:  # a newcomer's flat percent
            return pays(group, {"percent": rule["baseline"]["newcomer"]["flat_percent"]}, earn, digits)
        unit = base / 100
        most = (rule.get("baseline") or {}).get("cap_growth_percent") if method == "growth" else None
        if most is not None and measure > base * (100 + Fraction(most)) / 100:
            earn = measure = base * (100 + Fraction(most)) / 100
    return banded(group, rule, (measure, earn, base), unit, digits)


def banded(group: Row, rule: Row, sums: Row, unit: Fraction, digits: int) -> Fraction:
    """The bands, read as the scope says; `unit` is what one unit of a band's start is worth in the measure."""
    (measure, earn, base), scope, bands = sums, group["scope"], rule["bands"]
    edges = [Fraction(band["from"]) * unit for band in bands]
    top = sum(measure >= edge for edge in edges) - 1
    if rule.get("curve") == "linear" and 0 <= top < len(bands) - 1:
        low, high = (pays(group, bands[k], earn, digits) for k in (top, top + 1))
        return low + (high - low) * (measure - edges[top]) / (edges[top + 1] - edges[top])
    total = Fraction(0)
    for k in range(top + 1):
        upper = measure if k == top else edges[k + 1]
        if scope in ("marginal", "banded"):
            total += pays(group, bands[k], upper - edges[k], digits)
        elif scope == "total" or (scope in ("whole", "rolling") and k == top):
            total += pays(group, bands[k], earn, digits)
        elif scope == "rolling":
            total += pays(group, bands[k], upper, digits)
        elif scope == "excess" and k == top:
            total += pays(group, bands[k], max(measure - base, Fraction(0)), digits)
    return total


def shares_of(group: Row, digits: int, faults: list[str]) -> dict[Row, Fraction]:
    """The exact share of each line of a group, as paid: factor, line cap, other programs, split credit."""
    exact, lines = exact_of(group, digits), group["lines"]
    if lines is None:
        return {None: Fraction(group["whole"])}
    weight, found = sum(line["weight"] for line in lines), {}
    if weight != group["weight"]:
        faults.append(f"the weights of the lines sum to {weight}, not to {group['weight']}")
    for line in lines:
        # Where all weights sum to zero, lines of one rate keep their shares, because a budget needs their places.
        share = exact * line["weight"] / weight if weight else exact_of(group | {"weight": line["weight"]}, digits)
        share *= Fraction(line["factor"])
        share = share if group["line_cap"] is None else min(share, Fraction(group["line_cap"]))
        paid = Fraction(0) if line["pays_in"] else share * Fraction(line["percent"]) / 100
        found[line["source"], line["external_id"]] = paid
    return found


def limited(earned: int, limits: Row, faults: list[str]) -> int:
    """An amount after each limit in turn; what a limit says is checked against its own figures."""
    for limit in limits:
        name, amount, used, after = limit["name"], limit["amount"], limit["used"], limit["after"]
        expected: Row = [earned]
        if earned > 0 and name == "period_cap":
            expected = [min(earned, max(amount - used, 0))]
        elif earned > 0 and name == "minimum_payout" and used < amount:
            expected = [0]
        elif earned > 0 and name == "program_cap" and used > amount:
            expected = [amount * earned // used, amount * earned // used + 1]
        elif earned > 0 and name == "budget":
            expected = range(min(earned, max(amount - used, 0)) + 1)
        if limit["before"] != earned or after not in expected:
            faults.append(f"{name} makes {after} of {earned}, by its own figures it should be {list(expected)[-1]}")
        earned = after
    return earned


def verified(row: Row) -> list[str]:
    """What differs in the trace of one component."""
    derived, faults, paid = row["derivation"], list[str](), dict[Row, Fraction]()
    digits = derived["pay_digits"]
    for group in derived["groups"]:
        for line, share in shares_of(group, digits, faults).items():
            paid[line] = paid.get(line, Fraction(0)) + share
    total = sum(paid.values(), start=Fraction(0))
    earned = limited(half_away(total), derived["limits"], faults)
    stated = Fraction(row["earned"]) * 10**digits
    if stated != earned:
        faults.append(f"earned is stated as {row['earned']} {row['unit']}, recomputed {Fraction(earned) / 10**digits}")
    counted = [line for line in row["lines"] if line["counted"] and line["share"] is not None]
    if counted and sum(Fraction(line["share"]) for line in counted) != Fraction(row["earned"]):
        faults.append("the shares of the lines do not sum to the amount")
    if sum(Fraction(line["measure"]) for line in row["lines"] if line["counted"]) != Fraction(row["measure"]):
        faults.append("the measures of the lines do not sum to the measure")
    scale = Fraction(1) if earned == half_away(total) else earned / total
    for line in counted:
        exact = paid.get((line["source"], line["external_id"]), Fraction(0)) * scale
        if abs(Fraction(line["share"]) * 10**digits - exact) >= 1:
            faults.append(f"line {line['external_id']} is paid {line['share']}, its exact share is {float(exact):.4f}")
    return faults


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") if len(sys.argv) > 1 else sys.stdin as file:
        rows = json.load(file)
    wrong = [f"{row['program']}/{row['component']}: {fault}" for row in rows for fault in verified(row)]
    print("\n".join(wrong) or f"{len(rows)} amounts recomputed, all right")
    sys.exit(bool(wrong))
