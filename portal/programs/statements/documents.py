"""One statement: the ledger's figures of a participant and quarter, every amount with its trace."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from portal.core import clock
from portal.engine.errors import CalculationError
from portal.engine.periods import Program as EngineProgram
from portal.ledger.statements import Statement, StatementRow, statement_rows, statements
from portal.programs.definitions.queries import engine_programs
from portal.programs.runs.explanations import ComponentTrace, Explained, Known, explain, read_known
from portal.programs.runs.models import PeriodState, ProgramPeriod
from portal.programs.statements import queries
from portal.programs.statements.adjustments import Adjustment, adjustments_of, later_adjustments
from portal.programs.statements.participants import Participant
from portal.programs.statements.quarters import Quarter

Key = tuple[str, dt.date]


@dataclass(frozen=True)
class Earned:
    """One component's earning on a statement: the amount posted in the quarter, and its trace as it stood."""

    program_code: str
    program_name: str
    component: str
    period_start: dt.date
    amount: int
    unit: str
    locked: bool
    told: Explained | None
    trace: ComponentTrace | None


@dataclass(frozen=True)
class UnitPart:
    """Everything of one unit on a statement."""

    figures: Statement
    earned: list[Earned]
    adjusted: list[Adjustment]
    moved: list[StatementRow]
    later: list[Adjustment] = field(default_factory=list)


@dataclass(frozen=True)
class Document:
    """One participant's statement of one quarter."""

    participant: Participant
    quarter: Quarter
    parts: list[UnitPart]
    locked_at: dt.datetime | None
    known_at: dt.datetime | None

    @property
    def reference(self) -> str:
        """What the document is called in letters."""
        return f"{self.participant.code}-{self.quarter.address}"

    @property
    def told(self) -> list[Explained]:
        """Every trace behind the earned amounts, once a program and period."""
        found = {
            (one.program_code, one.period_start): one.told for part in self.parts for one in part.earned if one.told
        }
        return list(found.values())


def statement_of(participant: Participant, quarter: Quarter, known_at: dt.datetime | None = None) -> Document:
    """The statement of a quarter as known at a moment (now). What was locked keeps the trace it was locked with."""
    owner = participant.owner_id
    figures = statements(quarter.start, quarter.until, owner_id=owner, as_of=known_at)
    rows = {unit: statement_rows(owner, unit, quarter.start, quarter.until, known_at) for unit in figures}
    every = [row for some in rows.values() for row in some]
    keys = {(str(row.program_code), row.period_start) for row in every if row.column == "earned" and row.period_start}
    periods = queries.periods_of(keys)
    traces = _Traces(participant, keys, periods, known_at)
    names = queries.program_names({str(row.program_code) for row in every if row.program_code})
    later = later_adjustments(participant, quarter, known_at)
    parts = [
        UnitPart(
            figures[unit],
            [_earned(row, unit, traces, names) for row in some if row.column == "earned"],
            adjustments_of(participant, [row for row in some if row.column == "adjusted"], unit, known_at),
            [row for row in some if row.column not in ("earned", "adjusted")],
            [one for one in later if one.unit == unit],
        )
        for unit, some in rows.items()
        if some or figures[unit].opening
    ]
    return Document(participant, quarter, parts, traces.locked_at(), known_at)


def _earned(row: StatementRow, unit: str, traces: _Traces, names: dict[str, str]) -> Earned:
    code, component = str(row.program_code), str(row.earning_key).split("/")[1]
    start = row.period_start or row.accounting_date
    told = traces.find(code, start)
    trace = next((one for one in told.components if one.fact.component == component), None) if told else None
    return Earned(
        code, names.get(code, code), component, start, row.amount, unit, traces.is_locked((code, start)), told, trace
    )


class _Traces:
    """The traces of a statement; facts are read once for all that are known at the same moment."""

    def __init__(
        self, participant: Participant, keys: set[Key], periods: dict[Key, ProgramPeriod], known_at: dt.datetime | None
    ) -> None:
        self.participant, self.keys, self.periods, self.known_at = participant, keys, periods, known_at
        self._programs: list[EngineProgram] | None = None
        self._facts: dict[dt.datetime | None, Known] = {}
        self._told: dict[Key, Explained | None] = {}

    def is_locked(self, key: Key) -> bool:
        """Whether the period was locked at the moment the statement looks from."""
        period = self.periods.get(key)
        if period is None or period.state != PeriodState.LOCKED or period.locked_at is None:
            return False
        return self.known_at is None or period.locked_at <= self.known_at

    def locked_at(self) -> dt.datetime | None:
        """When the last of the periods was locked; None while one is open."""
        if not self.keys or not all(self.is_locked(key) for key in self.keys):
            return None
        return max(moment for key in self.keys if (moment := self.periods[key].locked_at))

    def find(self, code: str, start: dt.date) -> Explained | None:
        """The trace of a program and period as it stood; None when the facts no longer tell it."""
        key = (code, start)
        if key not in self._told:
            self._told[key] = self._explain(key)
        return self._told[key]

    def _explain(self, key: Key) -> Explained | None:
        as_of = self.periods[key].locked_at if self.is_locked(key) else self.known_at
        who = self.participant
        try:
            return explain(key[0], who.kind, who.id, who.code, key[1], as_of=as_of, known=self._known(as_of))
        except CalculationError:
            return None

    def _known(self, as_of: dt.datetime | None) -> Known:
        if as_of not in self._facts:
            if self._programs is None:
                self._programs = engine_programs()
            since = min(start for _, start in self.keys)
            until = max(
                [self.periods[key].period_end for key in self.keys if key in self.periods], default=clock.today()
            )
            kind, number = self.participant.kind, self.participant.id
            self._facts[as_of] = read_known(kind, number, self._programs, since, until, as_of)
        return self._facts[as_of]
