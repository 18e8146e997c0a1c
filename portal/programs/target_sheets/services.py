"""Bringing an edited sheet back, sending targets, and acknowledging them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, PortalError
from portal.core.events import emit
from portal.core.money import parse_plain
from portal.engine.frames import TARGET_SCALE
from portal.partners.people.models import Person
from portal.programs.enrollments.queries import admin_addresses
from portal.programs.statements.participants import Participant
from portal.programs.target_sheets.events import TargetAcknowledged, TargetsSent
from portal.programs.target_sheets.models import TargetNotice
from portal.programs.target_sheets.queries import Place, SheetRow, notices_for
from portal.programs.targets.importing import REQUIRED, import_rows
from portal.security.viewer import Viewer

MOST_ROWS = 20_000


@dataclass(frozen=True)
class Difference:
    """One line of an edited sheet: what it changes, or why it cannot be used."""

    line: int
    participant: str
    before: Decimal | None
    after: Decimal | None
    outcome: str
    sentence: str = ""


def read_sheet(text: str) -> list[tuple[int, dict[str, str]]]:
    """The rows of an edited sheet with their line numbers; further columns may stand beside the four."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    names = [name.strip().lower() for name in reader.fieldnames or []]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise InvalidInput(f"The file has no column {', '.join(missing)}. Start from the exported sheet.", field="file")
    reader.fieldnames = names
    rows = [(reader.line_num, {name: (row.get(name) or "").strip() for name in REQUIRED}) for row in reader]
    if len(rows) > MOST_ROWS:
        raise InvalidInput(f"The file has more than {MOST_ROWS:,} rows. Bring it in in parts.", field="file")
    return [(line, row) for line, row in rows if row["target"]]


def differences(place: Place, rows: Sequence[SheetRow], text: str, *, by: Viewer) -> list[Difference]:
    """What an edited sheet would change, line by line; nothing is written."""
    typed, known = read_sheet(text), {row.code: row.target for row in rows}
    outcomes = import_rows(typed, place.program.code, by, dry_run=True)
    found = []
    for (line, row), outcome in zip(typed, outcomes, strict=True):
        sentence = " ".join(error.sentence for error in outcome.errors) or _foreign(place, row, known)
        kind = "error" if sentence else outcome.outcome
        after = _number(row["target"])
        found.append(Difference(line, row["participant"], known.get(row["participant"]), after, kind, sentence))
    return found


def _foreign(place: Place, row: dict[str, str], known: dict[str, Decimal | None]) -> str:
    if row["measure"] != place.component.measured or row["period_start"] != place.period_start.isoformat():
        return f"This sheet is for {place.component.measured} of the period from {place.period_start}."
    return "" if row["participant"] in known else "The program is not open to this participant."


def _number(text: str) -> Decimal | None:
    try:
        return parse_plain(text)
    except PortalError:
        return None


def set_targets(place: Place, rows: Sequence[SheetRow], text: str, *, by: Viewer) -> int:
    """Write the targets of an edited sheet; nothing is written while a line of it is wrong. Returns what changed."""
    found = differences(place, rows, text, by=by)
    if any(one.outcome == "error" for one in found):
        raise Conflict("Some lines cannot be used. Mend them in the file and bring it in again.")
    changed = sum(one.outcome in ("new", "changed") for one in found)
    if changed:
        import_rows(read_sheet(text), f"sheet of {place.program.code}", by, dry_run=False)
    return changed


def send_targets(place: Place, rows: Sequence[SheetRow], *, by: Viewer) -> int:
    """Send every target that was not sent as it stands now; returns how many."""
    unsent = [row for row in rows if row.state == "unsent" and row.target is not None]
    if not unsent:
        raise Conflict("Every target that is set was sent already.")
    moment = clock.now()
    session.add_all(
        TargetNotice(
            program_id=place.program.id, component=place.component.code, participant_kind=place.kind,
            participant_id=row.number, period_start=place.period_start,
            target=int((row.target or 0) * TARGET_SCALE), sent_at=moment, sent_by_name=by.name,
        )
        for row in unsent
    )  # fmt: skip
    session.flush()
    numbers = [row.number for row in unsent]
    emit(TargetsSent(place.program.code, place.program.name, addresses_of(place.kind, numbers)))
    audit.record(
        "target.sent", kind="program", id=place.program.code, label=place.program.name,
        after={"count": len(unsent), "period": place.period_start.isoformat()}, actor=by,
    )  # fmt: skip
    return len(unsent)


def addresses_of(kind: str, numbers: list[int]) -> list[str]:
    """The mail addresses of participants: of a partner its admins."""
    if kind == "partner":
        return admin_addresses(numbers)
    return list(session.scalars(select(Person.email).where(Person.id.in_(numbers)).order_by(Person.email)))


def acknowledge(program_id: int, code: str, who: Participant, number: int, *, by: Viewer) -> TargetNotice:
    """Acknowledge the target that was sent to a participant; only the newest one of its period."""
    notice = next((one for one in notices_for(program_id, who.kind, who.id) if one.id == number), None)
    if notice is None:
        raise NotFound
    if by.person_id is None or by.read_only:
        raise Forbidden
    if notice.accepted_at is not None:
        raise Conflict(f"{notice.accepted_by_name} acknowledged this target already.")
    notice.accepted_at, notice.accepted_by_id, notice.accepted_by_name = clock.now(), by.person_id, by.name
    session.flush()
    emit(TargetAcknowledged(code, notice.id))
    audit.record("target.acknowledged", kind="program", id=code, label=f"{who.name}, from {notice.period_start}",
                 after={"target": notice.target, "participant": who.code}, actor=by)  # fmt: skip
    return notice
