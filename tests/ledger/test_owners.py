"""Owners are made once."""

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core.db import transaction
from portal.core.errors import NotFound
from portal.ledger.queries import get_owner, visible_owners
from portal.ledger.services import ensure_owner, ensure_owners, vendor_owner
from portal.security.viewer import Role, Viewer


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


def test_a_seller_sees_only_the_own_account(db: scoped_session[Session]) -> None:
    with transaction():
        mine, other = ensure_owner("person", "sol@shop.example"), ensure_owner("person", "rival@shop.example")
    seller = Viewer(person_id=14, role=Role.SELLER, name="Sol", owner_id=mine.id)
    assert get_owner(seller, mine.id).code == "sol@shop.example"
    with pytest.raises(NotFound):
        get_owner(seller, other.id)
    nobody = Viewer(person_id=15, role=Role.SELLER, name="New")
    assert db.scalars(visible_owners(nobody)).all() == []
