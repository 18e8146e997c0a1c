"""Who may know of whom."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy.orm import Session, scoped_session

from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import NotFound
from portal.partners.organizations.queries import get_partner, get_partner_by_id, visible_partners
from portal.partners.people.queries import get_person, visible_people
from portal.partners.supply.queries import get_supply, visible_supply
from portal.partners.supply.services import start_supply
from portal.partners.territories.services import assign_territories
from portal.security.viewer import SYSTEM, Viewer
from tests.people import Cast, add_cast, add_shop, viewer_of

Db = scoped_session[Session]


@pytest.fixture
def cast(db: Db) -> Cast:
    return add_cast()


def codes(db: Db, viewer: Viewer) -> set[str]:
    return {partner.code for partner in db.scalars(visible_partners(viewer))}


def emails(db: Db, viewer: Viewer) -> set[str]:
    return {person.email.partition("@")[0] for person in db.scalars(visible_people(viewer))}


def test_vendor_people_without_territories_see_every_partner(db: Db, cast: Cast) -> None:
    for person in (cast.admin, cast.channel_manager, cast.finance, cast.auditor):
        assert codes(db, viewer_of(person)) == {"AW00000290", "AW00000650", "D-NORTH"}
    assert len(codes(db, SYSTEM)) == 3


def test_a_manager_with_territories_sees_only_their_partners(db: Db, cast: Cast) -> None:
    with transaction():
        assign_territories(cast.channel_manager, [cast.rival_shop.territory_id or 0], by=viewer_of(cast.admin))
    viewer = viewer_of(cast.channel_manager)
    assert codes(db, viewer) == {"AW00000650"}
    with pytest.raises(NotFound):
        get_partner(viewer, "AW00000290")
    assert emails(db, viewer) >= {"rival", "rivaladmin", "finance", "manager2"}
    assert not emails(db, viewer) & {"seller", "partner"}


def test_a_partner_admin_sees_the_own_partner_and_branches_of_branches(db: Db, cast: Cast) -> None:
    with transaction():
        branch = add_shop("B-1", "Branch", parent=cast.shop)  # type: ignore[arg-type]
        add_shop("B-2", "Branch of the branch", parent=branch)  # type: ignore[arg-type]
    assert codes(db, viewer_of(cast.partner_admin)) == {"AW00000290", "B-1", "B-2"}
    assert codes(db, viewer_of(cast.seller)) == {"AW00000290"}
    assert codes(db, viewer_of(cast.rival_admin)) == {"AW00000650"}


def test_a_distributor_does_not_see_the_partners_it_supplies(db: Db, cast: Cast) -> None:
    with transaction():
        supply = start_supply(cast.distributor, cast.shop, valid_from=clock.today())
    viewer = viewer_of(cast.distributor_admin)
    assert codes(db, viewer) == {"D-NORTH"}
    assert emails(db, viewer) == {"distributor"}
    assert get_supply(viewer, supply.id).partner_id == cast.shop.id
    assert get_supply(viewer_of(cast.partner_admin), supply.id) is supply
    assert list(db.scalars(visible_supply(SYSTEM))) == [supply]
    with pytest.raises(NotFound):
        get_supply(viewer_of(cast.rival_admin), supply.id)


def test_a_strangers_partner_and_person_do_not_exist(db: Db, cast: Cast) -> None:
    viewer = viewer_of(cast.partner_admin)
    assert get_partner_by_id(viewer, cast.shop.id).code == "AW00000290"
    with pytest.raises(NotFound):
        get_partner_by_id(viewer, cast.rival_shop.id)
    with pytest.raises(NotFound):
        get_person(viewer, cast.rival_seller.id)
    with pytest.raises(NotFound):
        get_person(viewer, cast.finance.id)


def test_a_seller_sees_only_oneself_and_somebody_of_nowhere_sees_nothing(db: Db, cast: Cast) -> None:
    seller = viewer_of(cast.seller)
    assert emails(db, seller) == {"seller"}
    nowhere = dataclasses.replace(seller, partner_id=None)
    assert codes(db, nowhere) == set()
