"""Reading supply relations. They are shown to the vendor and to the two partners they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import aliased

from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.organizations.models import Partner
from portal.partners.organizations.queries import partner_scope
from portal.partners.supply.models import Supply
from portal.security.viewer import Viewer


def visible_supply(viewer: Viewer) -> Select[Supply]:
    """The relations of visible partners, on the supplied side; a distributor sees its own relations too."""
    supplied = partner_scope(viewer, Supply.partner_id)
    if supplied is None:
        return select(Supply)
    clauses: list[ColumnElement[bool]] = [supplied]
    if viewer.partner_id is not None:
        clauses.append(Supply.distributor_id == viewer.partner_id)
    return select(Supply).where(or_(*clauses))


def get_supply(viewer: Viewer, supply_id: int) -> Supply:
    """One visible relation, or NotFound."""
    found = session.scalar(visible_supply(viewer).where(Supply.id == supply_id))
    if found is None:
        raise NotFound
    return found


def list_supply_of(viewer: Viewer, partner: Partner) -> Sequence[Any]:
    """Relations in which a partner takes part, with the names of both sides: rows (Supply, distributor, partner)."""
    distributor, supplied = aliased(Partner), aliased(Partner)
    query = (
        visible_supply(viewer)
        .add_columns(distributor.name, supplied.name)
        .join(distributor, distributor.id == Supply.distributor_id)
        .join(supplied, supplied.id == Supply.partner_id)
        .where(or_(Supply.distributor_id == partner.id, Supply.partner_id == partner.id))
    )
    return session.execute(query.order_by(Supply.valid_from, Supply.id)).all()


def list_distributors() -> Sequence[Partner]:
    """Active distributors by name, for the vendor's forms."""
    query = select(Partner).where(Partner.type == "distributor", Partner.state == "active")
    return session.scalars(query.order_by(Partner.name)).all()
