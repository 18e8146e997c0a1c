"""Owners are made once."""

from sqlalchemy.orm import Session, scoped_session

from portal.core.db import transaction
from portal.ledger.services import ensure_owner, ensure_owners, vendor_owner


def test_an_owner_is_made_once_and_found_ever_after(db: scoped_session[Session]) -> None:
    with transaction():
        first = ensure_owner("partner", "AW00000290")
    with transaction():
        again = ensure_owner("partner", "AW00000290")
        person = ensure_owner("person", "AW00000290")
    assert first.id == again.id
    assert person.id != first.id


def test_many_owners_come_at_once(db: scoped_session[Session]) -> None:
    with transaction():
        found = ensure_owners([("partner", f"P{number}") for number in range(6000)] + [("partner", "P1")])
        assert len(found) == 6000
        assert vendor_owner().kind == "vendor"
