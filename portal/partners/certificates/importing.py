"""Certificates from a file: the same row twice changes nothing, another end for the same first day is a newer row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.events import emit
from portal.core.rows import RowError
from portal.core.sequence import next_seq
from portal.partners.certificates.events import CertificateRecorded
from portal.partners.certificates.models import Certificate
from portal.partners.organizations.importing import Outcome, RowOutcome
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.security.viewer import SYSTEM, Viewer

REQUIRED = ("holder", "certificate", "valid_from")
OPTIONAL = ("valid_until",)
LONGEST = 120
Key = tuple[int | None, int | None, str, dt.date]
Holder = tuple[int, int | None]


@dataclass(frozen=True)
class _Row:
    """A row whose cells are all well formed: the partner, the person if it is one's own, name and days."""

    holder: Holder
    name: str
    since: dt.date
    until: dt.date | None

    @property
    def key(self) -> Key:
        """What a newer row of the same key replaces."""
        partner, person = self.holder
        return (None if person else partner, person, self.name, self.since)


@dataclass
class _Known:
    """What a file's rows are held against: partners by code, people by e-mail, the certificates in force."""

    partners: dict[str, int]
    people: dict[str, tuple[int, int]]
    held: dict[Key, dt.date | None]
    seen: dict[Key, int] = field(default_factory=dict)
    written: dict[int, _Row] = field(default_factory=dict)


def import_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], source: str, by: Viewer = SYSTEM, *, dry_run: bool = False
) -> list[RowOutcome]:
    """Record certificates; a holder is a partner's code or the e-mail of one of its people."""
    known = _known()
    seq = 0 if dry_run else next_seq()
    outcomes = [_import_row(line, row, known, seq, by) for line, row in rows]
    session.flush()
    if seq and known.written:
        counts = {kind: sum(o.outcome == kind for o in outcomes) for kind in ("new", "changed", "same", "error")}
        label = f"Certificates from {source}"
        audit.record("certificate.imported", kind="import", id=source, label=label, actor=by, after=counts)
        for partner_id, row in sorted(known.written.items()):
            emit(CertificateRecorded(partner_id=partner_id, name=row.name, valid_from=row.since.isoformat()))
    return outcomes


def _known() -> _Known:
    query = select(Certificate).order_by(Certificate.seq, Certificate.id)
    held = {
        (row.partner_id, row.person_id, row.name, row.valid_from): row.valid_until for row in session.scalars(query)
    }
    partners = {code: number for code, number in session.execute(select(Partner.code, Partner.id))}
    query_people = select(Person.email, Person.partner_id, Person.id).where(Person.partner_id.is_not(None))
    people = {email: (partner or 0, number) for email, partner, number in session.execute(query_people)}
    return _Known(partners, people, held)


def _import_row(line: int, row: Mapping[str, str], known: _Known, seq: int, by: Viewer) -> RowOutcome:
    parsed = _parse(line, row, known)
    if isinstance(parsed, list):
        return RowOutcome(line, Outcome.ERROR, tuple(parsed))
    if parsed.key in known.seen:
        sentence = f"Line {known.seen[parsed.key]} already names this certificate from the same day."
        return RowOutcome(line, Outcome.ERROR, (RowError(line, "certificate", parsed.name, sentence),))
    known.seen[parsed.key] = line
    is_new = parsed.key not in known.held
    if not is_new and known.held[parsed.key] == parsed.until:
        return RowOutcome(line, Outcome.SAME)
    if seq:
        _write(parsed, known, seq, by)
    return RowOutcome(line, Outcome.NEW if is_new else Outcome.CHANGED)


def _write(row: _Row, known: _Known, seq: int, by: Viewer) -> None:
    partner_id, person_id, name, since = row.key
    session.add(
        Certificate(
            partner_id=partner_id, person_id=person_id, name=name, valid_from=since, valid_until=row.until,
            recorded_at=clock.now(), seq=seq, by_person_id=by.person_id,
        )
    )  # fmt: skip
    earlier = known.written.get(row.holder[0])
    if earlier is None or since < earlier.since:
        known.written[row.holder[0]] = row


def _parse(line: int, row: Mapping[str, str], known: _Known) -> _Row | list[RowError]:
    cells = {name: (row.get(name) or "").strip() for name in (*REQUIRED, *OPTIONAL)}
    errors: list[RowError] = []
    holder = _holder(cells["holder"], known)
    if holder is None:
        named = cells["holder"][:80]
        sentence = f"No partner’s person has the address {named}." if "@" in named else f"There is no partner {named}."
        errors.append(RowError(line, "holder", named, sentence))
    name = cells["certificate"]
    if not name or len(name) > LONGEST or not name.isprintable():
        errors.append(RowError(line, "certificate", name[:60], f"Name the certificate, in at most {LONGEST} letters."))
    since, until = _day(cells["valid_from"], line, "valid_from", errors), None
    if cells["valid_until"]:
        until = _day(cells["valid_until"], line, "valid_until", errors)
    if since is not None and until is not None and until <= since:
        errors.append(RowError(line, "valid_until", cells["valid_until"], "It ends before it begins."))
    if errors or holder is None or since is None:
        return errors
    return _Row(holder, name, since, until)


def _holder(text: str, known: _Known) -> Holder | None:
    if "@" in text:
        return known.people.get(text.lower())
    partner = known.partners.get(text)
    return None if partner is None else (partner, None)


def _day(text: str, line: int, column: str, errors: list[RowError]) -> dt.date | None:
    try:
        if len(text) == 10:
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    errors.append(RowError(line, column, text[:60], "Write the day like 2026-09-30."))
    return None
