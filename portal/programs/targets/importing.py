"""Targets from a file: another number for a known key is a newer row, which counts from now on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select

from portal.audit import services as audit
from portal.core.db import session
from portal.core.errors import PortalError
from portal.core.money import parse_plain
from portal.core.rows import RowError
from portal.core.sequence import next_seq
from portal.engine.frames import TARGET_SCALE
from portal.engine.plan import COUNTS, MONEY
from portal.engine.plan_values import MAX_AMOUNT
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.programs.targets.models import Target
from portal.programs.targets.services import Key, announce_targets, set_target
from portal.sales.imports.row_kinds import RowKind, register_kind
from portal.sales.products.importing import RowOutcome, parse_day
from portal.security.viewer import SYSTEM, Viewer

REQUIRED = ("participant", "measure", "period_start", "target")
_NAMED = "|".join((*MONEY, *COUNTS[:-1]))
MEASURE = re.compile(f"(baseline:)?({_NAMED}|activity:[A-Za-z0-9][A-Za-z0-9 _.-]{{0,59}})")


@dataclass
class _Known:
    """What a file's rows are held against: partners by code, people by e-mail, the targets in force."""

    partners: dict[str, int]
    people: dict[str, int]
    targets: dict[Key, int]
    seen: set[Key] = field(default_factory=set)
    written: list[Key] = field(default_factory=list)


def import_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], source: str, by: Viewer = SYSTEM, *, dry_run: bool = False
) -> list[RowOutcome]:
    """Set targets; a participant is a partner's code or a person's e-mail, a target is in major units or a count."""
    known = _known()
    seq = 0 if dry_run else next_seq()
    outcomes = [_import_row(line, row, known, seq) for line, row in rows]
    if seq and any(outcome.outcome in ("new", "changed") for outcome in outcomes):
        counts = {kind: sum(o.outcome == kind for o in outcomes) for kind in ("new", "changed", "same", "error")}
        label = f"Targets from {source}"
        audit.record("target.imported", kind="import", id=source, label=label, actor=by, after=counts)
        announce_targets(source, known.written)
    return outcomes


def _known() -> _Known:
    query = select(Target).order_by(Target.seq, Target.id)
    targets = {
        (row.participant_kind, row.participant_id, row.measure, row.period_start): row.target
        for row in session.scalars(query)
    }
    partners = {code: number for code, number in session.execute(select(Partner.code, Partner.id))}
    people = {email: number for email, number in session.execute(select(Person.email, Person.id))}
    return _Known(partners, people, targets)


def _import_row(line: int, row: Mapping[str, str], known: _Known, seq: int) -> RowOutcome:
    parsed = _parse(line, row, known)
    if isinstance(parsed, list):
        return RowOutcome(line, "error", tuple(parsed))
    key, target = parsed
    if key in known.seen:
        sentence = "An earlier line of this file already sets this target."
        return RowOutcome(line, "error", (RowError(line, "participant", row["participant"][:80], sentence),))
    known.seen.add(key)
    before = known.targets.get(key)
    if before == int(target * TARGET_SCALE):
        return RowOutcome(line, "same")
    if seq:
        set_target(*key, target, seq=seq)
        known.written.append(key)
    return RowOutcome(line, "new" if before is None else "changed")


def _parse(line: int, row: Mapping[str, str], known: _Known) -> tuple[Key, Decimal] | list[RowError]:
    errors: list[RowError] = []
    name, measure = row["participant"], row["measure"]
    kind, number = ("person", known.people.get(name.lower())) if "@" in name else ("partner", known.partners.get(name))
    if number is None:
        sentence = f"Nobody has the address {name[:80]}." if "@" in name else f"There is no partner {name[:40]}."
        errors.append(RowError(line, "participant", name[:80], sentence))
    if not MEASURE.fullmatch(measure):
        sentence = "Name a measure such as revenue, units or activity:trainings."
        errors.append(RowError(line, "measure", measure[:80], sentence))
    day, day_errors = parse_day(row["period_start"], line, "period_start")
    errors += day_errors
    if day is None and not day_errors:
        errors.append(RowError(line, "period_start", "", "The first day of the period is missing, like 2026-01-01."))
    target = _number(row["target"])
    if target is None:
        sentence = "Write a number from 0 with at most four decimals, like 12500.50."
        errors.append(RowError(line, "target", row["target"][:80], sentence))
    if errors or number is None or day is None or target is None:
        return errors
    return (kind, number, measure, day), target


def _number(text: str) -> Decimal | None:
    try:
        value = parse_plain(text)
    except PortalError:
        return None
    return value if 0 <= value <= MAX_AMOUNT and value == round(value, 4) else None


def offer_targets() -> None:
    """Let files of targets be imported, by command and in the browser."""
    register_kind("targets", RowKind(REQUIRED, (), import_rows))
