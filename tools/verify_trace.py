"""Recompute what `portal explain ... --json` printed from it alone (a file or stdin); exits 1 and says what differs."""

import json
import sys
from fractions import Fraction as Q
from itertools import accumulate
from typing import Any as Row


def half_away(value: Q) -> int:
    return int(abs(value) + Q(1, 2)) * (1 if value >= 0 else -1)


def divided(total: int, shares: list[Q]) -> list[int]:  # cut toward zero; missing units to the largest parts cut off
    whole = [int(share) for share in shares]
    missing, sign = abs(total - sum(whole)), 1 if total > sum(whole) else -1
    for k in sorted(range(len(whole)), key=lambda k: ((whole[k] - shares[k]) * sign, k))[:missing]:
        whole[k] += sign
    return whole


def prize(group: Row, rule: Row, ladder: Row) -> int:  # by the ladder of all ranked measures, none before it ends
    mine, order = [k for k, rung in enumerate(ladder) if rung["mine"]], [(-r["measure"], r["reached"]) for r in ladder]
    assert order + mine[1:] == sorted(order), "the ladder is out of order"
    tied = [k for k, rung in enumerate(ladder) if rung["measure"] == group["measure"]]
    tied = {"earliest": mine, "duplicate": tied[:1]}.get(rule.get("ties"), tied)
    together = sum(int(Q(rule["prizes"].get(str(k + 1), 0)) * group["pay"]) for k in tied)
    final, place = mine and (group["today"] or group["ends"]) >= group["ends"], tied.index(mine[0]) if tied[1:] else 0
    return divided(together, [Q(together, len(tied))] * len(tied))[place] if final else 0


def exact_of(group: Row, earn: Q) -> Q:  # the exact earning on a sum of weights, before factors and limits
    def pays(band: Row, amount: Q) -> Q:
        on = {"percent": amount / 100 / 10 ** group["money_digits"], "per_unit": amount, "fixed": Q(1)}
        return sum((Q(band[key]) * on[key] for key in on if key in band), Q(0)) * group["pay"]

    rule, unit, measure, pieces = group["rule"], group["unit"], Q(group["measure"]), group["pieces"].values()
    if "bands" not in rule:
        each = group["pay"] * Q(rule.get("amount", Q(1, 10**4 * group["pay"])))  # in a table lines weigh by amount
        times, sets = max(measure // (Q(rule.get("at", 1)) * unit), 0), rule.get("items")
        gifts = [(n // rule.get("per", 1) * rule.get("give", 0), p) for one in pieces for n, p in one.values() if p]
        plain: Row = {
            "percent": lambda: pays(rule, earn),
            "per_unit": lambda: earn * each,
            "free_goods": lambda: sum(half_away(Q(price) * given) for given, price in gifts),
            "bundle": lambda: each * sum(max(min(one.get(k, [0])[0] // sets[k] for k in sets), 0) for one in pieces),
            "rank": lambda: prize(group, rule, group["ladder"]),
            "milestone": lambda: each * (times if rule.get("repeat") == "every" else min(times, 1)),
        }
        return Q(plain[rule["method"]]())
    base, terms = Q(group["baseline"] or 0), {"of": "prior_year", "newcomer": "none"} | (rule.get("baseline") or {})
    if rule["method"] != "tiered":
        found = Q(group["found"] or 0) if terms["of"] in ("prior_year", "table") else Q(terms["of"]) * unit
        other = terms["newcomer"] != "none" or terms.get("partial_year")  # then another baseline may stand there
        assert other or base == found, "the baseline is not the sum of its lines"
        if base <= 0 or (base < Q(terms.get("min", 0)) * unit and not other) or (other and not group["reached"]):
            return pays({"percent": terms["newcomer"]["flat_percent"]} if group["flat"] else {}, earn)
        unit, most = base / 100, base / 100 * (100 + Q(terms.get("cap_growth_percent") or 10**9))
        earn, measure = (most, most) if measure > most else (earn, measure)
    bands, scope, edges = rule["bands"], group["scope"], [Q(band["from"]) * unit for band in rule["bands"]]
    top, total = sum(measure >= edge for edge in edges) - 1, Q(0)
    if rule.get("curve") == "linear" and 0 <= top < len(bands) - 1:
        way = (measure - edges[top]) / (edges[top + 1] - edges[top])
        return pays(bands[top], earn) * (1 - way) + pays(bands[top + 1], earn) * way
    for k, upper in enumerate([*edges[1 : top + 1], measure][: top + 1]):
        on = {"total": earn, "whole": earn, "rolling": earn if k == top else upper, "excess": max(measure - base, Q(0))}
        total += pays(bands[k], on.get(scope, upper - edges[k])) * (k == top or scope not in ("whole", "excess"))
    return total


def shares_of(group: Row) -> dict[Row, Q]:  # exact, as paid: factor, line cap, other programs, split credit
    lines, weight, home = group["lines"], sum(line["weight"] for line in group["lines"]), group["currency"]
    exact = exact_of(group, Q(group["weight"])) if lines else Q(0)
    bought = [piece[0] for net in group["pieces"].values() for piece in net.values()] or [group["measure"]]
    told = [weight, sum(one["measure"] for one in lines), sum(bought), sum(Q(one["amount"]) for one in group["steps"])]
    assert told == [group["weight"], group["measure"], group["measure"], exact], "lines or steps do not sum up"
    table = group["rule"].get("amounts") or group["rule"].get("amounts_by_tier")
    for line in lines:  # amounts at their rates, each rounded once; in a table, units times what one of them pays
        rate = Q(table[line["rate"]]) * 10**4 * group["pay"] if table else Q(1)
        weighs = [{"amount": line["measure"], "rate": rate}] if table else line.get("weighs", line["made"])
        for terms, told in ((line["made"], line["measure"]), (weighs, line["weight"])):
            worth = [t["amount"] * Q(t["rate"]) for t in terms if t.get("currency") != home or t["rate"] == "1/1"]
            assert sum(map(half_away, worth)) == told or not terms, "a line is not worth its amounts"
    mine, parts = group["paid_as"], {to: Q(part) for to, part in group["credit"].items()} or {group["paid_as"]: Q(100)}
    odd = {Q(one["percent"]) for one in lines} - {Q(0), parts.get(mine, Q(0)), Q(100 - 100 * group["split"])}
    assert (sum(parts.values()), odd) == (100, set()), "the parts are not those of the plan"
    if not group["split"]:
        factors, whole = {Q(line["factor"]) for line in lines if line["counts"]}, Q(group["whole"])
        assert whole in (0, exact * (min(factors) if len(factors) == 1 else 1)), "the whole is not what the rule pays"
        return {None: whole} if whole or factors else {}  # it stays, unsplit, with somebody else
    cap, found = [] if group["line_cap"] is None else [Q(group["line_cap"])], {}
    for line in lines:
        share = exact * line["weight"] / weight if weight else exact_of(group, Q(line["weight"]))  # for a budget
        share = Q(0) if line["pays_in"] or not line["counts"] else min([share * Q(line["factor"]), *cap])
        found[tuple(line["line"])] = share * Q(line["percent"]) / 100
    return found


def served(limit: Row, paid: Row, final: int) -> int:  # first recorded first served, others by what they took
    shares = [paid[turn["line"] and tuple(turn["line"])] for turn in limit["turns"]]
    runs = [half_away(run) for run in accumulate(shares, initial=Q(0))]
    dues = [max(min(run, final) if final < runs[-1] else run, 0) for run in runs]
    held, old, new = min(limit["posted"], max(dues)), 0, 0
    free = max(limit["amount"] - held - limit["used"], 0)
    for turn, was, due in zip(limit["turns"], dues, dues[1:], strict=False):
        free, more = free + turn["others"], max(due - was, 0)
        kept, over = min(more, held - old), max(old + new - due, 0) * (due < was)
        taken, back = min(more - kept, free), min(over, new)
        old, new = old + kept - over + back, new + taken - back
        keep = max(old, min(limit["posted"], final)) if due < was else held
        free, held = free - taken + back + held - keep, keep
    return old + new


def verified(row: Row) -> list[str]:  # what differs first in the trace of one component, or nothing
    groups, paid, pay = row["derivation"]["groups"], dict[Row, Q](), 10 ** row["derivation"]["pay_digits"]
    try:
        for line, share in [pair for group in groups for pair in shares_of(group | {"pay": pay}).items()]:
            paid[line] = paid.get(line, Q(0)) + share
        earned = rounded = half_away(total := sum(paid.values(), Q(0)))
        for limit in row["derivation"]["limits"]:
            amount, used, owed = limit["amount"], limit["used"], limit["owed"]
            parts = [Q(min(amount, used) * one, used or 1) for one in owed] or [Q(0)]
            after = earned if earned <= 0 else {
                "period_cap": min(earned, max(amount - used, 0)), "minimum_payout": earned * (used >= amount),
                "program_cap": divided(min(amount, used), parts)[limit["mine"]],
                "budget": served(limit, paid, earned) if "turns" in limit else 0,
            }[limit["name"]]  # fmt: skip
            assert (limit["before"], limit["after"], used) == (earned, after, sum(owed)), f"{limit['name']}: {after}"
            earned = after
        assert Q(row["earned"]) * pay == earned, f"earned is stated as {row['earned']}, it is {earned / pay}"
        counted = {(line["source"], line["external_id"]): line for line in row["lines"] if line["counted"]}
        measured = {tuple(one["line"]): one["measure"] for group in groups for one in group["lines"] if one["counts"]}
        told = {key: Q(line["measure"]) * groups[-1]["unit"] for key, line in counted.items()}
        figures = [told, *(Q(row[name] or 0) * groups[-1]["unit"] for name in ("measure", "baseline"))]
        assert figures == [measured, sum(measured.values()), groups[-1]["baseline"] or 0], "the measures do not sum up"
        scale = Q(earned) / total if earned != rounded else Q(1)
        whole = [None] * len(counted) if None in paid else divided(earned, [paid[key] * scale for key in counted])
        assert whole == [line["share"] and Q(line["share"]) * pay for line in counted.values()], "shares are not theirs"
    except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as fault:
        return [str(fault) or "the trace does not hold together"]
    return []


if __name__ == "__main__":
    rows = json.load(open(sys.argv[1], encoding="utf-8") if len(sys.argv) > 1 else sys.stdin)  # noqa: SIM115
    wrong = [f"{row['program']}/{row['component']}: {fault}" for row in rows for fault in verified(row)]
    print("\n".join(wrong) or f"{len(rows)} amounts recomputed, all right")
    sys.exit(bool(wrong))
