"""What the pages of the ledger learn from above: names behind owners, and where an earning is explained."""

from __future__ import annotations

from collections.abc import Collection

from flask import url_for
from sqlalchemy import select

from portal.core.db import session
from portal.ledger import naming
from portal.ledger.models import LedgerEntry, LedgerOwner
from portal.partners.organizations.models import Partner
from portal.partners.people.models import Person

KEY_PARTS = 5


def partner_names(owners: Collection[LedgerOwner]) -> dict[int, str]:
    """Names of partners by owner id."""
    query = select(Partner.owner_id, Partner.name).where(Partner.owner_id.in_([owner.id for owner in owners]))
    return {owner_id: name for owner_id, name in session.execute(query)}


def person_names(owners: Collection[LedgerOwner]) -> dict[int, str]:
    """Names of people by owner id."""
    query = select(Person.owner_id, Person.name).where(Person.owner_id.in_([owner.id for owner in owners]))
    return {owner_id: name for owner_id, name in session.execute(query)}


def earning_address(entry: LedgerEntry) -> str | None:
    """The page that explains an entry's earning; its key is program/component/participant/period/unit."""
    parts = (entry.earning_key or "").split("/")
    if len(parts) != KEY_PARTS:
        return None
    code, _, participant, period, _ = parts
    return url_for("programs.statements.show_earning", code=code, participant=participant, period=period)


def register() -> None:
    """Tell the ledger; called once when the application is put together."""
    naming.name_owners("partner", partner_names)
    naming.name_owners("person", person_names)
    naming.open_earnings(earning_address)
