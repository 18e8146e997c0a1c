"""Reading territories."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.organizations.models import Partner
from portal.partners.territories.models import ManagerTerritory, Territory


def list_territories() -> Sequence[Territory]:
    """Every territory by name; their names are no secret of any partner."""
    return session.scalars(select(Territory).order_by(Territory.name)).all()


def find_territory(name: str) -> Territory | None:
    """The territory of that name, or None."""
    return session.scalar(select(Territory).where(Territory.name == name))


def get_territory(territory_id: int) -> Territory:
    """One territory, or NotFound."""
    found = session.get(Territory, territory_id)
    if found is None:
        raise NotFound
    return found


# Every request of a manager asks this, so the statement is put together once.
_LOOKED_AFTER = select(ManagerTerritory.territory_id).where(ManagerTerritory.person_id == bindparam("person"))


def territory_ids_of(person_id: int) -> frozenset[int]:
    """The territories a channel manager looks after; empty means all of them."""
    return frozenset(session.scalars(_LOOKED_AFTER, {"person": person_id}))


def managers_by_territory() -> dict[int, list[int]]:
    """The ids of the people assigned to each territory."""
    found: dict[int, list[int]] = {}
    for row in session.scalars(select(ManagerTerritory).order_by(ManagerTerritory.person_id)):
        found.setdefault(row.territory_id, []).append(row.person_id)
    return found


def count_partners() -> dict[int | None, int]:
    """How many partners are in each territory today."""
    rows = session.execute(select(Partner.territory_id, func.count()).group_by(Partner.territory_id))
    return {territory_id: count for territory_id, count in rows}
