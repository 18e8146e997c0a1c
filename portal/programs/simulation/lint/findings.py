"""What the rules of the linter are given, and what they answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from portal.engine.plan import Plan

ERROR, WARNING, INFO = "error", "warning", "info"
SEVERITIES = (ERROR, WARNING, INFO)


@dataclass(frozen=True)
class Finding:
    """One thing to look at: code, how bad, a sentence, its numbers, how to mend it (`text` is the plan mended).

    `letters` are those whom the mended plan takes most from, each with the sentence to send them.
    """

    code: str
    severity: str
    sentence: str
    mend: str
    numbers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    letters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Goods:
    """What one category of a component sold in the last closed period; amounts in minor units of the currency."""

    component: str
    category: str
    revenue: int
    margin: int
    payout: int

    @property
    def percent(self) -> str:
        """Its margin in percent of its revenue, one decimal, half away from zero."""
        tenths = (abs(self.margin) * 2000 + self.revenue) // (2 * self.revenue) if self.revenue > 0 else 0
        return f"{'−' if self.margin < 0 and tenths else ''}{tenths // 10}.{tenths % 10} %"


@dataclass(frozen=True)
class Reach:
    """How many participant periods reached one band, of those that sold anything; `largest` when only those did."""

    component: str
    edge: str
    first: bool
    reached: int
    active: int
    largest: bool


@dataclass(frozen=True)
class Jump:
    """What the engine pays on both sides of a band, in minor units: one step below, exactly at it, one above."""

    component: str
    edge: str
    below: int
    at: int
    beyond: int  # one step above
    halves: int  # what two periods of half as much pay together


@dataclass(frozen=True)
class Unit:
    """A usual unit of a component's goods: its price and its margin in minor units (margin None when unknown)."""

    price: int
    margin: int | None


@dataclass(frozen=True)
class Rival:
    """Another program that pays for the same lines, and the revenue both count in the last closed period."""

    code: str
    name: str
    shared: int
    whole: int
    stacked: bool


@dataclass(frozen=True)
class Loser:
    """A participant that a mended plan would take from."""

    name: str
    before: int
    after: int


@dataclass(frozen=True)
class Leaner:
    """The plan without the goods that lose money: what it leaves out, costs, and to whom it matters."""

    categories: tuple[str, ...]
    cost: int
    losers: tuple[Loser, ...]


@dataclass(frozen=True)
class Answers:
    """What eligible shops have answered about SPIFs to their people."""

    allowed: int = 0
    to_company: int = 0
    forbidden: int = 0
    silent: int = 0


@dataclass(frozen=True)
class Evidence:
    """What history says about a plan: the last closed period, and the year before today for its bands."""

    since: dt.date
    until: dt.date
    cost: int
    participants: int
    lines: int
    currency: str
    foreign_costs: bool = False
    goods: tuple[Goods, ...] = ()
    reach: tuple[Reach, ...] = ()
    jumps: tuple[Jump, ...] = ()
    units: dict[str, Unit] = field(default_factory=dict)
    leaner: Leaner | None = None
    rivals: tuple[Rival, ...] = ()
    eligible: tuple[str, ...] = ()  # codes and names, when they are few
    eligible_count: int = 0
    answers: Answers = field(default_factory=Answers)
    own_customers: int = 0
    noise: tuple[int, int] = (0, 0)  # growth money on a baseline below a thousand, of all growth money
    unknown: tuple[str, ...] = ()  # categories and products the plan names and nobody has
    owner: bool = True
    in_force: bool = False  # whether these are the terms that were published, so that what it pays was really paid


@dataclass(frozen=True)
class Case:
    """A plan, its text, and what history says about it (None where there is no history yet)."""

    plan: Plan
    text: str
    seen: Evidence | None = None


Rule = Callable[[Case], Iterable[Finding]]
