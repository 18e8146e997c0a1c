"""What changed after a period was locked, each change with its sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from portal.core import clock
from portal.core.errors import PortalError
from portal.core.money import show_minor
from portal.ledger.statements import StatementRow
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.explanations import Explained, Known, explain, read_known
from portal.programs.runs.sentences import noun
from portal.programs.statements import queries
from portal.programs.statements.participants import Participant
from portal.programs.statements.quarters import Quarter, quarter_of
from portal.programs.statements.queries import LateLine, PriorEntry

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
MOST_NAMED = 2


@dataclass(frozen=True)
class Adjustment:
    """A change of what an earlier period earned (or a correction by hand), told in a sentence."""

    entry_id: int
    amount: int
    unit: str
    accounting_date: dt.date
    sentence: str
    program_code: str | None = None
    program_name: str = ""
    period_start: dt.date | None = None
    change: str = ""

    @property
    def quarter(self) -> Quarter:
        """The quarter on whose statement it stands."""
        return quarter_of(self.accounting_date)


def adjustments_of(
    participant: Participant, rows: Sequence[StatementRow], unit: str, known_at: dt.datetime | None
) -> list[Adjustment]:
    """The adjusted rows of a statement with their sentences."""
    prior = queries.prior_entries(participant.owner_id, [row.entry_id for row in rows if row.prior_period])
    told = _told(participant, list(prior.values()), known_at)
    by_hand = [
        Adjustment(
            row.entry_id, row.amount, unit, row.accounting_date, f"{show_minor(row.amount, unit)}: {row.reason}."
        )
        for row in rows
        if row.entry_id not in prior
    ]
    return sorted([*told, *by_hand], key=lambda one: one.entry_id)


def later_adjustments(participant: Participant, quarter: Quarter, known_at: dt.datetime | None) -> list[Adjustment]:
    """What was posted in later quarters for periods of this one."""
    entries = queries.later_entries(participant.owner_id, quarter.start, quarter.until, known_at)
    return _told(participant, entries, known_at)


def _told(participant: Participant, entries: Sequence[PriorEntry], known_at: dt.datetime | None) -> list[Adjustment]:
    if not entries:
        return []
    names = queries.program_names({entry.program_code for entry in entries})
    reasons = _Reasons(participant, entries, known_at)
    return [
        Adjustment(
            entry.id, entry.amount, entry.unit, entry.accounting_date,
            f"{show_minor(entry.amount, entry.unit)}: {reasons.of(entry)}.",
            entry.program_code, names.get(entry.program_code, entry.program_code), entry.period_start,
            _from_to(entry),
        )
        for entry in entries
    ]  # fmt: skip


def _from_to(entry: PriorEntry) -> str:
    before, after = (show_minor(amount, entry.unit) for amount in (entry.before, entry.before + entry.amount))
    return f"From {before} to {after}."


class _Reasons:
    """Which counted lines arrived between two postings; the facts are read once for all entries."""

    def __init__(self, participant: Participant, entries: Sequence[PriorEntry], known_at: dt.datetime | None) -> None:
        self.participant, self.entries, self.known_at = participant, entries, known_at
        self._known: Known | None = None
        self._explained: dict[tuple[str, dt.date], Explained | None] = {}

    def of(self, entry: PriorEntry) -> str:
        """The late lines in words, or the reason that was posted."""
        told = self._find(entry)
        traces = [one for one in told.components if one.fact.component == entry.component] if told else []
        counted = [line.fact.line_id for one in traces for line in one.counted]
        lines = queries.lines_between(counted, entry.since, entry.recorded_at) if counted else []
        return late_words(lines) if lines else f"{entry.reason[:1].lower()}{entry.reason[1:]}"

    def _find(self, entry: PriorEntry) -> Explained | None:
        key = (entry.program_code, entry.period_start)
        if key not in self._explained:
            who = self.participant
            try:
                self._explained[key] = explain(
                    entry.program_code, who.kind, who.id, who.code, entry.period_start, as_of=self.known_at,
                    known=self._facts(),
                )  # fmt: skip
            except PortalError:
                self._explained[key] = None
        return self._explained[key]

    def _facts(self) -> Known:
        if self._known is None:
            since = min(entry.period_start for entry in self.entries)
            until = max(entry.accounting_date for entry in self.entries) + dt.timedelta(days=1)
            kind, number = self.participant.kind, self.participant.id
            self._known = read_known(kind, number, engine_programs(), since, until, self.known_at)
        return self._known


def late_words(lines: Sequence[LateLine]) -> str:
    """Three hitch racks of SO61195 came back on 6 November."""
    back = [line for line in lines if line.quantity < 0]
    late = [line for line in lines if line.quantity >= 0]
    told = [_some(back, "came back")] if back else []
    told += [_some(late, "were reported late, sold")] if late else []
    return ", and ".join(told)


def _some(lines: Sequence[LateLine], verb: str) -> str:
    units = sum(abs(line.quantity) for line in lines)
    goods = f"{_number(units)} {noun([line.product for line in lines], units)}"
    orders = list(dict.fromkeys(line.invoice_no for line in lines if line.invoice_no))
    of = (
        f" of {' and '.join(orders)}"
        if 0 < len(orders) <= MOST_NAMED
        else f" of {len(orders)} orders"
        if orders
        else ""
    )
    verb = verb.replace("were", "was") if units == 1 else verb
    return f"{goods}{of} {verb} {_days(lines)}"


def _days(lines: Sequence[LateLine]) -> str:
    days = sorted({line.sold_on for line in lines})
    sold = f"on {_day(days[0])}" if len(days) == 1 else f"between {_day(days[0])} and {_day(days[-1])}"
    known = max(clock.local(line.recorded_at).date() for line in lines if line.recorded_at)
    return sold if [known] == days else f"{sold}, recorded on {_day(known)}"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B}" + ("" if day.year == clock.today().year else f" {day.year}")


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"
