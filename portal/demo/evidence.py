"""What the audit log says about the walk since the demo was built, and the walk's own claim."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.audit.models import AuditEntry
from portal.claims.models import Claim
from portal.claims.rules import normalize_key
from portal.config import Settings
from portal.core.db import session
from portal.demo.build import facts_of
from portal.demo.generate_people import SHOP_CAST, VENDOR_CAST
from portal.demo.tour import INVOICE, Entry
from portal.partners.people.models import Person, PersonState

MOST = 5000


def built_at(settings: Settings) -> dt.datetime:
    """When the demo was built."""
    return dt.datetime.fromisoformat(facts_of(settings.data_dir)["built_at"])


def entries_since(moment: dt.datetime) -> list[Entry]:
    """The acts since a moment, as far as the walk looks at them; one statement."""
    columns = AuditEntry.act, Person.email, AuditEntry.label, AuditEntry.object_id, AuditEntry.result
    query = select(*columns).outerjoin(Person, Person.id == AuditEntry.actor_id).where(AuditEntry.at > moment)
    rows = session.execute(query.order_by(AuditEntry.id).limit(MOST))
    return [Entry(act, email or "", label, about, result) for act, email, label, about, result in rows]


def find_walk_claim() -> int | None:
    """The newest filed claim of the walk's invoice, whoever asks: its address is what a rival tries."""
    query = select(Claim.id).where(Claim.invoice_key == normalize_key(INVOICE), Claim.submitted_at.is_not(None))
    return session.scalar(query.order_by(Claim.id.desc()).limit(1))


def cast() -> list[Person]:
    """The accounts one may change to, in the order of the cast."""
    emails = [person.email for person in (*SHOP_CAST, *VENDOR_CAST)]
    people = session.scalars(select(Person).where(Person.email.in_(emails), Person.state == PersonState.ACTIVE))
    return sorted(people, key=lambda person: emails.index(person.email))
