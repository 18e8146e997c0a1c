"""Evaluating tiers: up at once, down only after a notice. The journal decides, never earnings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.core.events import emit
from portal.core.money import show_minor
from portal.gamification.levels.events import TierNoticeGiven
from portal.gamification.levels.models import EvaluationOutcome, TierEvaluation, TierLevel
from portal.gamification.levels.queries import (
    admins_of,
    bought_in,
    ladder_in,
    list_evaluated,
    list_levels,
    open_notices,
)
from portal.gamification.levels.rules import Rung, Standing, lowered_on, place_of, standing, window
from portal.partners.organizations.models import Partner
from portal.partners.tiers.queries import tier_on
from portal.partners.tiers.services import set_tier
from portal.security.viewer import SYSTEM


def load_tiers(rows: Iterable[Mapping[str, Any]] | Mapping[str, Any]) -> int:
    """Add rungs written as text (`from` in whole units of each partner's currency); known codes stay as they are."""
    listed = list(rows["tiers"] if isinstance(rows, Mapping) else rows)
    known = set(session.scalars(select(TierLevel.code)))
    fresh = [row for row in listed if row["code"] not in known]
    for row in fresh:
        if not str(row["from"]).isdecimal():
            raise InvalidInput(f"A tier begins at a whole amount, not at “{row['from']}”.")
        level = TierLevel(
            code=row["code"], name=row["name"], threshold=int(row["from"]), promise=row.get("promise", "")
        )
        session.add(level)
        session.flush()
        audit.record("tier.added", kind="tier", id=level.id, label=level.name, after={"from": level.threshold})
    return len(fresh)


def evaluate_tiers(today: dt.date | None = None) -> list[TierEvaluation]:
    """Evaluate every partner; returns what it led to. Run twice on one day it changes nothing the second time.

    A higher tier holds from tomorrow. A lower one is announced sixty days ahead with what keeps it, and holds only if
    the purchases still do not reach the tier then. What arrives late may grant a tier and never takes one back in time.
    """
    today = today or clock.today()
    levels = list_levels()
    if not levels:
        return []
    since, until = window(today)
    totals, notices = bought_in(since, until), open_notices()
    made: list[TierEvaluation] = []
    for partner in list_evaluated():
        ladder = ladder_in(levels, partner.currency)
        found = standing(ladder, totals.get(partner.id, 0))
        notice = notices.get(partner.id)
        if found.reached.code == partner.tier and notice is None:
            continue
        case = _Case(partner, ladder, found, today, since, until)
        made.extend(case.decide(notice))
    return made


class _Case:
    """One partner whose purchases do not stand where its tier does."""

    def __init__(
        self, partner: Partner, ladder: list[Rung], found: Standing, today: dt.date, since: dt.date, until: dt.date
    ) -> None:
        self.partner, self.ladder, self.found, self.today = partner, ladder, found, today
        self.since, self.until = since, until
        self.tomorrow = today + dt.timedelta(days=1)
        # what is already recorded for tomorrow counts as the tier, so that a second run finds nothing to do
        self.tier = tier_on(partner.id, self.tomorrow)

    def decide(self, notice: TierEvaluation | None) -> list[TierEvaluation]:
        """Raise, announce, lower or keep."""
        reached, held = place_of(self.ladder, self.found.reached.code), place_of(self.ladder, self.tier)
        if reached >= held and notice is not None:
            self._close(notice)
        if reached > held:
            return [self._move(EvaluationOutcome.RAISED)]
        if reached == held:
            return []
        if notice is None:
            return [self._announce()]
        if self.today < notice.effective_on:
            return []
        self._close(notice)
        return [self._move(EvaluationOutcome.LOWERED)]

    def _move(self, outcome: EvaluationOutcome) -> TierEvaluation:
        sentence = f"The last four closed quarters brought {self._money(self.found.amount)}, which is {self._name()}."
        made = self._record(outcome, self.tomorrow, sentence)
        set_tier(self.partner, self.found.reached.code, self.tomorrow, sentence, SYSTEM)
        return made

    def _announce(self) -> TierEvaluation:
        rung = self.ladder[place_of(self.ladder, self.tier)]
        falls_on = lowered_on(self.today)
        sentence = (
            f"{rung.name} takes {self._money(rung.starts)} in four closed quarters; the last four brought "
            f"{self._money(self.found.amount)}. {rung.name} stays until {_written(falls_on)}. "
            f"{self._money(rung.starts - self.found.amount)} more keeps it."
        )
        made = self._record(EvaluationOutcome.NOTICE, falls_on, sentence)
        emit(
            TierNoticeGiven(
                evaluation_id=made.id, partner_id=self.partner.id, code=self.partner.code, name=self.partner.name,
                before=self.tier, after=self.found.reached.code, effective_on=falls_on.isoformat(), sentence=sentence,
                recipients=admins_of(self.partner.id),
            )
        )  # fmt: skip
        return made

    def _record(self, outcome: EvaluationOutcome, effective_on: dt.date, sentence: str) -> TierEvaluation:
        made = TierEvaluation(
            partner_id=self.partner.id, evaluated_on=self.today, window_from=self.since, window_until=self.until,
            amount=self.found.amount, currency=self.partner.currency, before=self.tier, after=self.found.reached.code,
            outcome=outcome, effective_on=effective_on, sentence=sentence, recorded_at=clock.now(),
        )  # fmt: skip
        session.add(made)
        session.flush()
        audit.record(
            "tier.evaluated", kind="partner", id=self.partner.id, label=f"{self.partner.code} {self.partner.name}",
            before={"tier": self.tier}, after={"tier": made.after, "outcome": outcome.value}, reason=sentence,
            partner_id=self.partner.id,
        )  # fmt: skip
        return made

    def _close(self, notice: TierEvaluation) -> None:
        notice.closed_on = self.today
        session.flush()

    def _name(self) -> str:
        return self.found.reached.name.lower()

    def _money(self, amount: int) -> str:
        return f"{show_minor(amount, self.partner.currency)} {self.partner.currency}"


def _written(day: dt.date) -> str:
    return f"{day.day} {day:%B} {day.year}"
