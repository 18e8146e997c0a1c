"""Starting and ending supply."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from portal.audit import services as audit
from portal.core import clock
from portal.core.db import session
from portal.core.errors import Conflict, InvalidInput
from portal.partners.organizations.models import Partner, PartnerType
from portal.partners.supply.models import Supply
from portal.partners.supply.rules import overlaps
from portal.security.viewer import SYSTEM, Viewer


def start_supply(
    distributor: Partner, partner: Partner, *, valid_from: dt.date, valid_until: dt.date | None = None,
    by: Viewer = SYSTEM,
) -> Supply:  # fmt: skip
    """Say that a distributor supplies a partner from a day on."""
    if distributor.type != PartnerType.DISTRIBUTOR:
        raise InvalidInput(f"{distributor.name} is not a distributor.", field="distributor")
    if distributor.id == partner.id:
        raise InvalidInput("A distributor does not supply itself.", field="distributor")
    if valid_until is not None and valid_until <= valid_from:
        raise InvalidInput("The last day comes before the first.", field="valid_until")
    query = select(Supply).where(Supply.distributor_id == distributor.id, Supply.partner_id == partner.id)
    for other in session.scalars(query):
        if overlaps(valid_from, valid_until, other.valid_from, other.valid_until):
            raise Conflict(f"{distributor.name} already supplies {partner.name} in that time.", field="valid_from")
    supply = Supply(
        distributor_id=distributor.id, partner_id=partner.id, valid_from=valid_from, valid_until=valid_until,
        recorded_at=clock.now(),
    )  # fmt: skip
    session.add(supply)
    session.flush()
    audit.record(
        "supply.started", kind="supply", id=supply.id, label=f"{distributor.code} supplies {partner.code}", actor=by,
        partner_id=partner.id, after={"valid_from": valid_from.isoformat()},
    )  # fmt: skip
    return supply


def end_supply(supply: Supply, *, on: dt.date, by: Viewer) -> None:
    """End a relation; `on` is the first day without it."""
    if supply.valid_until is not None and supply.valid_until <= clock.today():
        raise Conflict("This supply has already ended.")
    if on <= supply.valid_from:
        raise InvalidInput("The end must lie after the start.", field="valid_until")
    before = supply.valid_until
    supply.valid_until = on
    session.flush()
    audit.record(
        "supply.ended", kind="supply", id=supply.id, actor=by, partner_id=supply.partner_id,
        before={"valid_until": before and before.isoformat()}, after={"valid_until": on.isoformat()},
    )  # fmt: skip
