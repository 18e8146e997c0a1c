"""Pure rules of badges: what a person has done, counted against a number, with the day it was reached."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from portal.core.errors import InvalidInput

COUNTS = ("units", "approved_claims", "points_earned", "categories")
OF_SALES = ("units", "categories")  # the counts that look at sales, all of a flow or those of a campaign
FLOWS = ("sell_out", "sell_through", "sell_in")
GLYPHS = (
    "star", "medal", "trophy", "crown", "ribbon", "first", "spark", "bolt", "rocket", "flag", "mountain", "compass",
    "sun", "heart", "handshake", "shield", "check", "claim", "camera", "book", "calendar", "helmet", "bike", "wheel",
    "chain",
)  # fmt: skip
RESERVED = frozenset({"new", "closest", "preview"})  # addresses of pages
MAX_CODE = 50


@dataclass(frozen=True)
class Rule:
    """What is counted, over which flow and program, and the number at which the badge is given.

    From `retired_on` on nobody is given it any more; who has it keeps it.
    """

    count: str
    at: int
    flow: str = "sell_out"
    program: str | None = None
    retired_on: dt.date | None = None

    def to_json(self) -> str:
        """The stored spelling."""
        values = asdict(self)
        if (day := values.pop("retired_on")) is not None:
            values["retired_on"] = day.isoformat()
        return json.dumps(values, sort_keys=True)


def parse_rule(given: str | Mapping[str, Any]) -> Rule:
    """A rule from its stored JSON or from a catalog's text; refuses what cannot be counted."""
    values = dict(json.loads(given) if isinstance(given, str) else given)
    day = values.pop("retired_on", None)
    unknown = set(values) - {"count", "at", "flow", "program"}
    if unknown or values.get("count") not in COUNTS:
        raise InvalidInput(f"A badge counts one of {', '.join(COUNTS)}.")
    if not str(values.get("at", "")).isdecimal() or int(values["at"]) < 1:
        raise InvalidInput("A badge is given at a whole number, 1 or more.")
    if (values.get("flow") or FLOWS[0]) not in FLOWS:
        raise InvalidInput(f"A badge looks at one of {', '.join(FLOWS)}.")
    return Rule(
        values["count"], int(values["at"]), values.get("flow") or "sell_out", values.get("program"),
        dt.date.fromisoformat(day) if day else None,
    )  # fmt: skip


def propose_code(name: str, taken: Collection[str]) -> str:
    """A free address made of a badge's name: “100 helmets” becomes 100-helmets."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_CODE].strip("-") or "badge"
    number, code = 1, words
    while code in taken or code in RESERVED:
        number += 1
        code = f"{words}-{number}"
    return code


@dataclass(frozen=True)
class Sold:
    """One day's quantity of one product that is credited to a person; `origin_on` decides the campaign."""

    day: dt.date
    origin_on: dt.date
    product_id: int
    family: str
    flow: str
    quantity: int


@dataclass
class Deeds:
    """All that badges look at: sales, days of approved claims, points earned by day."""

    sold: list[Sold] = field(default_factory=list)
    approved: list[dt.date] = field(default_factory=list)
    earned: list[tuple[dt.date, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Scope:
    """The campaign a rule names: its days and its products."""

    since: dt.date
    until: dt.date
    product_ids: frozenset[int]

    def holds(self, sale: Sold) -> bool:
        """Whether a sale belongs to the campaign."""
        return self.since <= sale.origin_on < self.until and sale.product_id in self.product_ids


@dataclass(frozen=True)
class Progress:
    """How far somebody is; `reached_on` is the day the number was first reached, if it stands."""

    count: int
    at: int
    reached_on: dt.date | None

    @property
    def reached(self) -> bool:
        """Whether the badge is due."""
        return self.count >= self.at

    @property
    def missing(self) -> int:
        """How many are missing."""
        return max(0, self.at - self.count)

    @property
    def share(self) -> int:
        """How far, out of 100; never 100 before it is reached."""
        return min(100, max(0, self.count) * 100 // self.at)


def progress_of(rule: Rule, deeds: Deeds, scope: Scope | None) -> Progress:
    """Count one person's deeds; a rule over a program that is not known counts nothing."""
    if rule.program is not None and scope is None:
        return Progress(0, rule.at, None)
    count, reached_on = 0, None
    for day, total in _totals(rule, deeds, scope):
        count = total
        if total >= rule.at and reached_on is None:
            reached_on = day
    return Progress(count, rule.at, reached_on if count >= rule.at else None)


def _totals(rule: Rule, deeds: Deeds, scope: Scope | None) -> Iterator[tuple[dt.date, int]]:
    """The running count, oldest first."""
    if rule.count == "approved_claims":
        return _running((day, 1) for day in deeds.approved)
    if rule.count == "points_earned":
        return _running(deeds.earned)
    sold = [sale for sale in deeds.sold if sale.flow == rule.flow and (scope is None or scope.holds(sale))]
    if rule.count == "categories":
        return _families(sold)
    return _running((sale.day, sale.quantity) for sale in sold)


def _running(steps: Iterable[tuple[dt.date, int]]) -> Iterator[tuple[dt.date, int]]:
    total = 0
    for day, number in sorted(steps):
        total += number
        yield day, total


def _families(sold: list[Sold]) -> Iterator[tuple[dt.date, int]]:
    kept: dict[str, int] = defaultdict(int)
    for sale in sorted(sold, key=lambda one: one.day):
        kept[sale.family] += sale.quantity
        yield sale.day, sum(quantity > 0 for quantity in kept.values())
