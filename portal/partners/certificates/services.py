"""Recording and ending certificates."""

from __future__ import annotations

import datetime as dt

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import InvalidInput
from portal.core.events import emit
from portal.core.sequence import next_seq
from portal.partners.certificates.events import CertificateRecorded
from portal.partners.certificates.models import Certificate
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person
from portal.security.viewer import SYSTEM, Viewer


def add_certificate(
    partner: Partner, person: Person | None, name: str, *, valid_from: dt.date, valid_until: dt.date | None = None,
    by: Viewer = SYSTEM,
) -> Certificate:  # fmt: skip
    """Record that a partner (or one of its people) holds a certificate from a day on, until one that is excluded."""
    if not name.strip():
        raise InvalidInput("Name the certificate.", field="name")
    if valid_until is not None and valid_until <= valid_from:
        raise InvalidInput("It ends before it begins. Choose a later day.", field="valid_until")
    return _write(partner, person.id if person else None, name.strip(), (valid_from, valid_until), valid_from, by)


def withdraw_certificate(partner: Partner, row: Certificate, *, day: dt.date, by: Viewer = SYSTEM) -> Certificate:
    """Say that a certificate holds no longer from a day on; the row that said otherwise stays on record."""
    if day < row.valid_from:
        raise InvalidInput("It did not hold yet on that day. Choose a later one.", field="valid_until")
    since = day if row.valid_until is None else min(day, row.valid_until)
    return _write(partner, row.person_id, row.name, (row.valid_from, day), since, by)


def _write(
    partner: Partner, person_id: int | None, name: str, days: tuple[dt.date, dt.date | None], since: dt.date, by: Viewer
) -> Certificate:
    row = Certificate(
        partner_id=None if person_id else partner.id, person_id=person_id, name=name, valid_from=days[0],
        valid_until=days[1], recorded_at=clock.now(), seq=next_seq(), by_person_id=by.person_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    after = {"certificate": name, "valid_from": days[0].isoformat(), "person_id": person_id}
    audit.record(
        "certificate.recorded", kind="partner", id=partner.id, label=f"{partner.code} {partner.name}", actor=by,
        partner_id=partner.id, after=after | {"valid_until": days[1].isoformat() if days[1] else None},
    )  # fmt: skip
    emit(CertificateRecorded(partner_id=partner.id, name=name, valid_from=since.isoformat()))
    return row
