"""Reading codes of shops and who waits to join."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, func, select

from portal.core import clock
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.ids import digest
from portal.partners.access.errors import LinkSpent
from portal.partners.joining.models import JoinRequest, JoinState, ShopCode
from portal.partners.joining.rules import clean_code
from portal.partners.organizations.models import Partner, PartnerState
from portal.partners.people.models import Person, PersonState
from portal.security.viewer import Viewer


def find_shop_code(partner_id: int | None) -> str | None:
    """The code in use of a shop."""
    return session.scalar(
        select(ShopCode.code).where(ShopCode.partner_id == partner_id, ShopCode.ended_at.is_(None))
    )  # fmt: skip


def find_shop_by_code(text: str) -> Partner | None:
    """The open shop that a typed code belongs to."""
    query = select(Partner).join(ShopCode, ShopCode.partner_id == Partner.id)
    query = query.where(ShopCode.code == clean_code(text), ShopCode.ended_at.is_(None))
    return session.scalar(query.where(Partner.state == PartnerState.ACTIVE))


def get_by_link(token: str) -> JoinRequest:
    """The wish a mailed link is for; LinkSpent unless it can still be used."""
    query = select(JoinRequest).where(JoinRequest.digest == digest(token), JoinRequest.state == JoinState.ASKED)
    found = session.scalar(query.where(JoinRequest.expires_at > clock.now()))
    if found is None:
        raise LinkSpent
    return found


def visible_joiners(viewer: Viewer) -> Select[JoinRequest]:
    """Who waits to join the viewer's own shop."""
    query = select(JoinRequest).where(JoinRequest.state == JoinState.WAITING)
    return query.where(JoinRequest.partner_id == viewer.partner_id)


def list_waiting(viewer: Viewer) -> Sequence[JoinRequest]:
    """Who waits, oldest first."""
    return session.scalars(visible_joiners(viewer).order_by(JoinRequest.id)).all()


def count_waiting(viewer: Viewer) -> int:
    """How many wait."""
    return session.scalar(visible_joiners(viewer).with_only_columns(func.count())) or 0


def get_waiting(viewer: Viewer, request_id: int, *, lock: bool = False) -> JoinRequest:
    """Somebody who waits to join the viewer's shop, locked for whoever decides; a stranger does not exist."""
    query = visible_joiners(viewer).where(JoinRequest.id == request_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def is_waiting(person_id: int) -> bool:
    """Whether the person's shop has still to confirm."""
    query = select(Person.id).where(Person.id == person_id, Person.state == PersonState.WAITING)
    return session.scalar(query) is not None
